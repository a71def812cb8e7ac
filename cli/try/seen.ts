// The client's log, for people: a line a second, and a sum at the end. Pure.
import { paint } from "../shared/colour";

/** One login of the client's, as its log has it. Nothing of a password is in it. */
export interface Attempt {
  /** Seconds since 1970. */
  readonly at: number;
  readonly service: string;
  /** The login in the Secret, as it was mounted at that moment. */
  readonly user: string;
  readonly milliseconds: number;
  /** Postgres's reason, or the network's; absent when the login worked. */
  readonly refusal?: string;
}

/** `undefined` for any other line: a shell's own complaint. */
export function readAttempt(line: string): Attempt | undefined {
  const [at, service, user, milliseconds, ...rest] = line.split("\t");
  if (!/^\d+$/.test(at ?? "") || !service || user === undefined || !/^-?\d+$/.test(milliseconds ?? "")) return undefined;
  const refusal = rest.join(" ").trim();
  return { at: Number(at), service, user, milliseconds: Number(milliseconds), ...(refusal === "" ? {} : { refusal }) };
}

/** psql says where it tried before it says why not. */
const reasonOf = (refusal: string): string => refusal.replace(/^.*(?:FATAL|ERROR|error): +/, "");

/** The attempts of one service. */
interface Count {
  tried: number;
  refused: Attempt[];
  /** The logins that it has used, in order. */
  users: string[];
}

/** Gathers attempts: a round is one of each service. */
export class Watch {
  readonly #counts = new Map<string, Count>();
  #round = new Map<string, Attempt>();

  constructor(private readonly services: readonly string[]) {}

  /** @returns a line once every service has been tried since the last one */
  see(attempt: Attempt): string | undefined {
    const count = this.#counts.get(attempt.service) ?? { tried: 0, refused: [], users: [] };
    this.#counts.set(attempt.service, count);
    count.tried++;
    if (attempt.refusal !== undefined) count.refused.push(attempt);
    if (count.users.at(-1) !== attempt.user) count.users.push(attempt.user);
    this.#round.set(attempt.service, attempt);
    if (!this.services.every((service) => this.#round.has(service))) return undefined;
    const round = [...this.#round.values()];
    this.#round = new Map();
    return `${clock(round[0]!.at)}  ${round.map((one) => this.#cell(one)).join("   ")}`;
  }

  get failed(): number {
    return [...this.#counts.values()].reduce((sum, { refused }) => sum + refused.length, 0);
  }

  /** How often each service logged in, as whom, and when it was refused. */
  summary(): string[] {
    const width = Math.max(...this.services.map((service) => service.length));
    return this.services.map((service) => {
      const { tried = 0, refused = [], users = [] } = this.#counts.get(service) ?? {};
      const [first, last] = [refused[0], refused.at(-1)];
      const how =
        first === undefined || last === undefined
          ? paint("green", "none refused")
          : paint("red", `${refused.length} refused, from ${clock(first.at)} to ${clock(last.at)}: ${reasonOf(last.refusal!)}`);
      return `${service.padEnd(width)}  ${tried} logins, ${how}; as ${users.join(", then ") || "nobody"}`;
    });
  }

  #cell({ service, user, milliseconds, refusal }: Attempt): string {
    return refusal === undefined
      ? `${service} ${paint("green", "ok")} as ${user}, ${milliseconds} ms`
      : `${service} ${paint("red", "REFUSED")} as ${user}: ${reasonOf(refusal)}`;
  }
}

const clock = (seconds: number): string => new Date(seconds * 1000).toTimeString().slice(0, 8);
