import { visible } from "./visible";

/** A problem of the input that an operator can fix. */
export interface Problem {
  /** Where: `cluster.storage.size`, `services.agents.tls`, `Secret/platform-db-credentials`. */
  path: string;
  /** The file and the line, where there is one. */
  place?: string;
  /** What is wrong: the value and the rule that it breaks. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

/** All problems as one text, a line each. */
export function describeProblems(title: string, problems: readonly Problem[]): string {
  return [
    `${title}: ${problems.length} problem${problems.length === 1 ? "" : "s"}, nothing was changed`,
    ...problems.map((p) => visible(`  - ${p.place === undefined ? "" : `${p.place} `}${p.path}: ${p.message}; ${p.remedy}`)),
  ].join("\n");
}
