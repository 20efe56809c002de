import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./dashboard.css";
import { finishSignIn } from "./session";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the dashboard.");

let problem: string | null = null;
try {
  await finishSignIn();
} catch (error) {
  problem = error instanceof Error ? error.message : String(error);
}
createRoot(root).render(
  <StrictMode>
    <App problem={problem} />
  </StrictMode>,
);
