import { type FormEvent, useState } from "react";

import { readToken } from "./session";

interface TokenFormProps {
  readonly onToken: (token: string) => void;
}

/** Sign-in with a pasted bearer token. The field hides it and asks the browser not to remember it. */
export function TokenForm({ onToken }: TokenFormProps) {
  const [pasted, setPasted] = useState("");
  const [refused, setRefused] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = readToken(pasted);
    setRefused(token === null);
    if (token !== null) onToken(token);
  };

  return (
    <form className="token" onSubmit={submit}>
      <label htmlFor="token">Bearer token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={pasted}
        aria-invalid={refused}
        aria-describedby={refused ? "token-problem" : undefined}
        onChange={(event) => setPasted(event.target.value)}
      />
      <button type="submit">Sign in</button>
      {refused && (
        <span id="token-problem" role="alert">
          That is not a bearer token.
        </span>
      )}
    </form>
  );
}
