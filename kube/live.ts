import type { Answer } from "./client";

/** One question to the API server. */
export type Get = (path: string) => Promise<{ readonly status: number; readonly body: unknown }>;

/** The account may not look: waiting is of no use. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** All objects of a kind; none where the cluster does not have it. */
export async function list<T>(get: Get, path: string): Promise<T[]> {
  return (await find<{ items?: T[] }>(get, path))?.items ?? [];
}

/**
 * The same for an account that may not list them, and get these by name.
 * @param one How a single one is asked for, where that is another question.
 * @throws Refused when it may not do that either
 */
export async function listOrFind<T>(get: Get, path: string, names: readonly string[], one = get): Promise<T[]> {
  try {
    return await list<T>(get, path);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const found = await known(Promise.all([...new Set(names)].map((name) => find<T>(one, `${path}/${name}`))));
    if (found === "unknown") throw error;
    return found.filter((item): item is Awaited<T> & T => item !== undefined);
  }
}

/** What is there; `undefined` for nothing, and for a kind that the cluster does not have. */
export async function find<T>(get: Get, path: string): Promise<T | undefined> {
  const { status, body } = await get(path);
  if (status === 404) return undefined;
  if (status === 401 || status === 403) throw new Refused(`this account may not get ${path}`);
  if (status !== 200) throw new Error(`the API server answers ${status} to ${path}`);
  return body as T;
}

/** An object, as far as it says who has written what of it, and when. */
export interface Written {
  readonly metadata: {
    readonly name: string;
    readonly managedFields?: readonly { readonly time?: string; readonly fieldsV1?: Readonly<Record<string, unknown>> }[];
  };
}

/**
 * In milliseconds, of a whole second: when somebody who writes its data has last changed something.
 */
export function lastWritten(secret: Written | undefined): number | undefined {
  const writers = (secret?.metadata.managedFields ?? []).filter(({ fieldsV1 }) => fieldsV1 !== undefined && "f:data" in fieldsV1);
  const times = writers.map(({ time }) => Date.parse(time ?? "")).filter(Number.isFinite);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** `unknown` where the account may not ask. */
export type Known<T> = T | "unknown";

/** What comes of a question, unless the account may not ask it. */
export async function known<T>(question: Promise<T>): Promise<Known<T>> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof Refused) return "unknown";
    throw error;
  }
}

/** What an answer says, unless the account may not ask. */
export function unlessForbidden<T>(answer: Answer, read: () => T): Known<T> {
  return answer.status === 401 || answer.status === 403 ? "unknown" : read();
}
