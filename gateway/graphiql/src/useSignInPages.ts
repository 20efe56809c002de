import { useEffect, useState } from "react";

/** Whether this deployment lets people sign in with their browser. */
export function useSignInPages(): boolean {
  const [there, setThere] = useState(false);
  useEffect(() => {
    const request = new AbortController();
    void fetch("/sign-in", { method: "HEAD", credentials: "omit", signal: request.signal })
      .then(({ ok }) => setThere(ok))
      .catch(() => undefined);
    return () => request.abort();
  }, []);
  return there;
}
