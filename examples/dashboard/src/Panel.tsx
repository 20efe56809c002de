import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly problem?: string | null;
  readonly loading?: string | null;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of the page with its heading. What could not be had is told in its place; the other parts don't mind. */
export function Panel({ title, problem, loading, actions, children }: Props) {
  return (
    <section className="panel" aria-label={title} aria-busy={Boolean(loading)}>
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      {problem ? <p role="alert">{problem}</p> : null}
      {loading ? <p className="soft">{loading}</p> : children}
    </section>
  );
}
