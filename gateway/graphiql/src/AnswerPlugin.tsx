import "./answer.css";

import type { GraphiQLPlugin } from "@graphiql/react";
import { useSyncExternalStore } from "react";

import { csvOf } from "./csv";
import { lastAnswer, type UpstreamCall } from "./lastAnswer";

/** A pane of GraphiQL about the last answer: what it cost, what was asked of which system, and its rows as a file. */
export const ANSWER_PLUGIN: GraphiQLPlugin = { title: "Last answer", icon: AnswerIcon, content: LastAnswerPane };

function LastAnswerPane() {
  const answer = useSyncExternalStore(lastAnswer.subscribe, lastAnswer.get);
  const cost = answer?.extensions?.cost;
  const calls = answer?.extensions?.calls;
  const csv = answer === null ? null : csvOf(answer.data);
  return (
    <section className="answer" aria-label="Last answer">
      <h2>Last answer</h2>
      {answer === null && <p>Run a query: what it cost, and what it asked of the systems, stands here.</p>}
      {cost && <p>{`Asked for at most ${count(cost.requested)} objects; ${count(cost.maximum)} are allowed.`}</p>}
      {csv !== null && (
        <button type="button" onClick={() => download(csv, "answer.csv")}>
          Download the rows as CSV
        </button>
      )}
      {calls && (calls.length > 0 ? <Calls calls={calls} /> : <p>No system was asked: the answer was at hand.</p>)}
    </section>
  );
}

function Calls({ calls }: { readonly calls: readonly UpstreamCall[] }) {
  const end = Math.max(...calls.map(({ began, took }) => began + took), 1);
  return (
    <table>
      <caption>{`${calls.length} ${calls.length === 1 ? "call" : "calls"} to the systems, ${Math.round(end)} ms`}</caption>
      <thead>
        <tr>
          <th scope="col">System</th>
          <th scope="col">Of</th>
          <th scope="col">ms</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call, index) => (
          <tr key={index} data-outcome={call.outcome} title={`${call.method}, ${call.status ?? "no answer"}, ${count(call.bytes)} bytes`}>
            <td>{call.system}</td>
            <td>{call.outcome === "answered" ? call.of : `${call.of} (${call.outcome})`}</td>
            <td>
              {Math.round(call.took)}
              <meter min={0} max={end} value={call.took} aria-hidden="true" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

const count = (value: number) => value.toLocaleString("en");

function AnswerIcon() {
  return (
    <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-3M13.5 13.5v-11" strokeLinecap="round" />
    </svg>
  );
}
