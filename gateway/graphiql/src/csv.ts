type Row = Readonly<Record<string, unknown>>;

/** The first list of objects in an answer, as a table; null where there is none. */
export function csvOf(data: unknown): string | null {
  const rows = firstList(data);
  if (rows === null) return null;
  const flat = rows.map((row) => flattened(row));
  const named = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  // An object that is null in one row has its columns from the others.
  const columns = named.filter((name) => !named.some((other) => other.startsWith(`${name}.`)));
  const lines = [columns, ...flat.map((row) => columns.map((column) => row[column]))];
  // The mark at the beginning tells spreadsheets that it is UTF-8.
  return `\uFEFF${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

function firstList(value: unknown): readonly Row[] | null {
  if (Array.isArray(value)) {
    const rows = value.filter(isRow);
    return rows.length > 0 ? rows : null;
  }
  if (!isRow(value)) return null;
  for (const each of Object.values(value)) {
    const found = firstList(each);
    if (found !== null) return found;
  }
  return null;
}

/** Objects in a row become columns of their own (`account.name`); lists stay JSON. */
function flattened(row: Row, prefix = ""): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      isRow(value) ? Object.entries(flattened(value, `${prefix}${name}.`)) : [[prefix + name, value]],
    ),
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A spreadsheet would take it for a formula.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
