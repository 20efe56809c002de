import "./signIn.css";

import { PersonaSwitch } from "./PersonaSwitch";
import type { Session } from "./session";
import { TokenForm } from "./TokenForm";
import { usePersonas } from "./usePersonas";
import { useSignInPages } from "./useSignInPages";
import type { ViewerState } from "./viewer";

interface SignInBarProps {
  readonly session: Session | null;
  readonly viewer: ViewerState;
  readonly onChange: (session: Session | null) => void;
}

/**
 * Says who asks, and lets one be somebody else: on the sign-in page, as a persona in the demo, as the bearer of a
 * pasted token anywhere.
 */
export function SignInBar({ session, viewer, onChange }: SignInBarProps) {
  const personas = usePersonas();
  const pages = useSignInPages();
  return (
    <header className="sign-in">
      <h1>Portal gateway</h1>
      <p className="viewer" role="status" data-kind={viewer.kind}>
        {sentence(viewer)}
      </p>
      {personas.length > 0 && (
        <PersonaSwitch
          personas={personas}
          current={session?.persona ?? null}
          onToken={(token, persona) => onChange({ token, persona })}
        />
      )}
      {session ? (
        <button type="button" onClick={() => onChange(null)}>
          Sign out
        </button>
      ) : viewer.kind === "known" ? (
        <>
          <a href="/sessions">Sessions</a>
          <a href="/sign-out">Sign out</a>
        </>
      ) : (
        <>
          {pages && <a href="/sign-in?next=%2Fgraphql">Sign in</a>}
          <TokenForm onToken={(token) => onChange({ token })} />
        </>
      )}
    </header>
  );
}

function sentence(viewer: ViewerState): string {
  switch (viewer.kind) {
    case "anonymous":
      return "Not signed in";
    case "asking":
      return "Signing in…";
    case "known":
      return `Signed in: ${viewer.label}`;
    case "refused":
      return `Not signed in: ${viewer.reason}`;
  }
}
