/** A query to start from: a file of `examples/`, in the order of the file names. Its first line, a comment, is the title. */
export interface Example {
  readonly title: string;
  readonly query: string;
}

const FILES = import.meta.glob<string>("./examples/*.graphql", { query: "?raw", import: "default", eager: true });

export const EXAMPLES: readonly Example[] = Object.entries(FILES)
  .sort(([one], [other]) => one.localeCompare(other))
  .map(([, query]) => ({ title: query.split("\n", 1)[0]?.replace(/^#\s*/, "") ?? "", query }));
