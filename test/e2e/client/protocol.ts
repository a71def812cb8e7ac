/** What the client in the pod is told. */
export interface ClientSettings {
  services: Record<
    string,
    {
      perSecond: number;
      keys: Record<"user" | "password" | "database" | "host" | "port", string>;
      /** Who a session is to work as. Given, each login asks: what is in between may answer a login without Postgres, and no query. */
      worksAs?: string;
    }
  >;
  /** Logins of one service that may be under way at once. */
  mostOpen: number;
  timeoutMs: number;
}

/** Since its start, of one service. */
export interface Counts {
  tried: number;
  ok: number;
  failed: number;
  /** Not begun in time, because too many were under way. */
  late: number;
  /** Who logged in last. */
  user: string;
}

/** A login that failed, with Postgres's code or the system's. */
export interface FailureLine {
  failed: string;
  at: number;
  ms: number;
  user: string;
  code: string;
  message: string;
}

/** Once a second. */
export interface SummaryLine {
  seconds: number;
  services: Record<string, Counts>;
}

/** From an application that reads its Secret at its start: since when it has had this answer. */
export interface AnswerLine {
  at: number;
  /** Postgres's code or the system's; empty where the login works. */
  code: string;
}
