import { useEffect, useState } from "react";

import { fetchPersonas, type Persona } from "./personas";

/** The demo's personas, once the gateway has answered; empty until then and outside the demo. */
export function usePersonas(): readonly Persona[] {
  const [personas, setPersonas] = useState<readonly Persona[]>([]);
  useEffect(() => {
    const request = new AbortController();
    void fetchPersonas(request.signal).then((found) => {
      if (!request.signal.aborted) setPersonas(found);
    });
    return () => request.abort();
  }, []);
  return personas;
}
