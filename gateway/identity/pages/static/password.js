// Tells while typing which rules a new password keeps (R8). The server decides; without this script all works the same.
"use strict";
const rules = {
  LENGTH: (text) => [...text].length >= 8,
  LOWER: (text) => /\p{Ll}/u.test(text),
  UPPER: (text) => /\p{Lu}/u.test(text),
  DIGIT: (text) => /\p{Nd}/u.test(text),
  SPECIAL: (text) => /[^\p{L}\p{N}\s]/u.test(text),
  NOT_TOO_LONG: (text) => [...text].length <= 128,
};
const password = document.getElementById("password");
const show = document.getElementById("show");
password.addEventListener("input", () => {
  const text = password.value.normalize("NFKC");
  for (const item of document.querySelectorAll("[data-rule]")) {
    const kept = rules[item.dataset.rule];
    if (!kept) continue;
    const holds = text !== "" && kept(text);
    item.dataset.text ??= item.textContent;
    item.classList.remove("broken");
    item.classList.toggle("kept", holds);
    const told = (holds ? "✓ " : "") + item.dataset.text;
    if (item.textContent !== told) item.textContent = told;
  }
});
show.closest("[hidden]").hidden = false;
show.addEventListener("change", () => { password.type = show.checked ? "text" : "password"; });
