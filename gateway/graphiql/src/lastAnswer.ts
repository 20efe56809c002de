/** A call that the gateway made to a system for a query; times in milliseconds. */
export interface UpstreamCall {
  readonly system: string;
  readonly method: string;
  readonly of: string;
  readonly began: number;
  readonly took: number;
  readonly status: number | null;
  readonly bytes: number;
  readonly outcome: string;
}

/** What the gateway tells beside the data. */
export interface Answer {
  readonly data?: unknown;
  readonly extensions?: {
    readonly cost?: { readonly requested: number; readonly maximum: number };
    readonly calls?: readonly UpstreamCall[];
  };
}

/** The answer to the last query that was sent from the editor. */
class LastAnswer {
  private answer: Answer | null = null;
  private readonly listeners = new Set<() => void>();

  readonly get = (): Answer | null => this.answer;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** GraphiQL's own questions for the schema are none, nor are refusals. */
  set(answer: Answer): void {
    if (typeof answer.data !== "object" || answer.data === null || "__schema" in answer.data) return;
    this.tell(answer);
  }

  /** Somebody else asks from now on. */
  forget(): void {
    this.tell(null);
  }

  private tell(answer: Answer | null): void {
    this.answer = answer;
    this.listeners.forEach((listener) => listener());
  }
}

export const lastAnswer = new LastAnswer();
