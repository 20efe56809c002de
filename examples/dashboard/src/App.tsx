import { useEffect } from "react";
import { Calendar } from "./Calendar";
import { Cases } from "./Cases";
import { Contracts } from "./Contracts";
import { Fleet } from "./Fleet";
import { ask, useAnswer } from "./graph";
import { Search } from "./Search";
import { currentToken, signIn, signOut } from "./session";
import { VIEWER, ViewerContext } from "./viewer";
import { wordsOf } from "./words";

/** The dashboard of who has signed in; the way there for everybody else. */
export function App({ problem }: { readonly problem: string | null }) {
  return currentToken() === null ? <Door problem={problem} /> : <Dashboard />;
}

function Door({ problem }: { readonly problem: string | null }) {
  const words = wordsOf(navigator.language);
  return (
    <main className="door">
      <h1>{words.title}</h1>
      <p>{words.signInWhy}</p>
      {problem ? <p role="alert">{problem}</p> : null}
      <button type="button" className="primary" onClick={() => void signIn()}>
        {words.signIn}
      </button>
    </main>
  );
}

function Dashboard() {
  const { data, problem } = useAnswer(() => ask(VIEWER), "viewer");
  const viewer = data?.viewer;
  useEffect(() => {
    if (viewer) {
      document.documentElement.lang = viewer.locale;
      document.title = wordsOf(viewer.locale).title;
    }
  }, [viewer]);
  const words = wordsOf(viewer?.locale ?? navigator.language);
  if (!viewer) return <main className="door">{problem ? <p role="alert">{problem}</p> : <p>{words.loading}</p>}</main>;
  return (
    <ViewerContext.Provider value={viewer}>
      <header className="top">
        <h1>{words.title}</h1>
        <Search />
        <p>
          {viewer.name || viewer.email} <small>{viewer.roleLabel}</small>
        </p>
        <button type="button" onClick={() => void signOut()}>
          {words.signOut}
        </button>
      </header>
      {viewer.access === "NO_ACCOUNTS" ? (
        <p role="alert" className="notice">
          {[viewer.helpdesk?.email, viewer.helpdesk?.phone].filter(Boolean).join(" · ")}
        </p>
      ) : null}
      <main className="grid">
        <Fleet />
        <Cases />
        <Calendar />
        <Contracts />
      </main>
    </ViewerContext.Provider>
  );
}
