import { useState } from "react";
import { graphql } from "./gql";
import type { MonthQuery } from "./gql/graphql";
import { ask, useAnswer } from "./graph";
import { Panel } from "./Panel";
import { useViewer } from "./viewer";

const MONTH = graphql(`
  query Month($from: Date!, $to: Date!) {
    calendar(from: $from, to: $to) {
      id
      kind
      kindLabel
      startsAt
      day
      description
      installedProduct {
        description
        customName
      }
    }
    calendarUrl(from: $from, to: $to)
  }
`);

type Entry = NonNullable<MonthQuery["calendar"]>[number];

/** Visits, planned maintenance and ends of a month, day by day, in the viewer's time zone (F7), to take away (F8). */
export function Calendar() {
  const { words, locale, timeZone } = useViewer();
  const [month, setMonth] = useState(() => dayOf(new Date(), timeZone).slice(0, 7));
  const days = daysOf(month);
  const from = `${month}-01`;
  const to = days.at(-1) ?? from;
  const { data, problem } = useAnswer(() => ask(MONTH, { from, to }), `month ${month}`);
  const byDay = new Map<string, Entry[]>();
  for (const entry of data?.calendar ?? []) {
    const day = entry.day ?? dayOf(new Date(entry.startsAt ?? 0), timeZone);
    byDay.set(day, [...(byDay.get(day) ?? []), entry]);
  }
  const name = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
  const blank = (new Date(`${from}T00:00:00Z`).getUTCDay() + 6) % 7;
  return (
    <Panel
      title={words.visits}
      problem={problem}
      loading={data ? null : words.loading}
      actions={
        <span className="actions">
          <button type="button" aria-label={words.previous} onClick={() => setMonth(moved(month, -1))}>
            ‹
          </button>
          <span aria-live="polite">{name.format(new Date(`${from}T00:00:00Z`))}</span>
          <button type="button" aria-label={words.next} onClick={() => setMonth(moved(month, 1))}>
            ›
          </button>
          {data?.calendarUrl ? <a href={data.calendarUrl}>.ics</a> : null}
        </span>
      }
    >
      <ol className="month">
        {Array.from({ length: blank }, (_, place) => (
          <li key={`blank ${place}`} className="blank" aria-hidden="true" />
        ))}
        {days.map((day) => (
          <li key={day} className={byDay.has(day) ? "busy" : ""}>
            <time dateTime={day}>{Number(day.slice(8))}</time>
            {byDay.get(day)?.map((entry) => (
              <span key={entry.id} className={`entry ${entry.kind.toLowerCase()}`} title={titleOf(entry)}>
                {entry.kindLabel}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function titleOf(entry: Entry): string {
  const asset = entry.installedProduct?.customName ?? entry.installedProduct?.description;
  return [entry.kindLabel, asset, entry.description].filter(Boolean).join(" · ");
}

/** The day of a moment in a time zone, as 2026-03-14. */
function dayOf(moment: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone }).format(moment);
}

function daysOf(month: string): string[] {
  const next = new Date(`${moved(month, 1)}-01T00:00:00Z`);
  const count = new Date(next.getTime() - 1).getUTCDate();
  return Array.from({ length: count }, (_, place) => `${month}-${String(place + 1).padStart(2, "0")}`);
}

function moved(month: string, by: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}
