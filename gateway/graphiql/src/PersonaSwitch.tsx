import { useRef, useState } from "react";

import { fetchPersonaToken, type Persona } from "./personas";

interface PersonaSwitchProps {
  readonly personas: readonly Persona[];
  readonly current: string | null;
  readonly onToken: (token: string, persona: string) => void;
}

/** The demo's sign-in: choose who one is. What is known about the persona stands below the choice. */
export function PersonaSwitch({ personas, current, onToken }: PersonaSwitchProps) {
  const [problem, setProblem] = useState("");
  const wanted = useRef(""); // the last choice wins, whichever token comes last
  const choose = async (name: string) => {
    wanted.current = name;
    setProblem("");
    try {
      const token = await fetchPersonaToken(name);
      if (wanted.current === name) onToken(token, name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const about = personas.find(({ name }) => name === current)?.about ?? "";

  return (
    <div className="persona">
      <label htmlFor="persona">Persona</label>
      <select
        id="persona"
        value={current ?? ""}
        aria-describedby="persona-about"
        onChange={(event) => void choose(event.target.value)}
      >
        <option value="" disabled>
          Choose…
        </option>
        {personas.map(({ name, role }) => (
          <option key={name} value={name}>
            {`${name} (${role})`}
          </option>
        ))}
      </select>
      <span id="persona-about" className="about" title={about}>
        {about}
      </span>
      {problem && <span role="alert">{problem}</span>}
    </div>
  );
}
