import { useEffect, useState } from "react";
import { graphql } from "./gql";
import type { ExportInput } from "./gql/graphql";
import { ask, listen } from "./graph";
import { useViewer } from "./viewer";

const START = graphql(`
  mutation StartExport($input: ExportInput!) {
    startExport(input: $input) {
      export {
        id
        status
        progress
        reason
        url
      }
      errors {
        message
      }
    }
  }
`);

const PROGRESS = graphql(`
  subscription ExportProgress($id: ID!) {
    exportProgress(exportId: $id) {
      status
      progress
      reason
      url
    }
  }
`);

interface Job {
  readonly status: string;
  readonly progress: number;
  readonly reason: string | null;
  readonly url: string | null;
}

/** The list beside it as a workbook (F9): a small one at once, a large one with its progress. */
export function ExportButton({ of }: { readonly of: Pick<ExportInput, "cases" | "installedProducts"> }) {
  const { words } = useViewer();
  const [watched, setWatched] = useState<string | null>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const take = (made: Job): void => {
    setJob(made.status === "RUNNING" ? made : null);
    setProblem(made.reason);
    if (made.url) location.assign(made.url); // a download: the page stays
    if (made.status !== "RUNNING") setWatched(null);
  };

  useEffect(() => {
    if (watched === null) return undefined;
    return listen(PROGRESS, { id: watched }, ({ exportProgress }) => take(exportProgress));
  }, [watched]);

  const start = async (): Promise<void> => {
    setProblem(null);
    try {
      const { startExport } = await ask(START, { input: { ...of, format: "XLSX" } });
      setProblem(startExport.errors.map((each) => each.message).join(" ") || null);
      if (!startExport.export) return;
      if (startExport.export.status === "RUNNING") setWatched(startExport.export.id);
      take(startExport.export);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <span className="actions">
      {problem ? <span role="alert">{problem}</span> : null}
      {job ? <progress max={100} value={job.progress} aria-label={words.exporting} /> : null}
      <button type="button" disabled={job !== null} onClick={() => void start()}>
        {words.export}
      </button>
    </span>
  );
}
