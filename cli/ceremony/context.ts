import type { Ask } from "../../kube/http";
import type { RecordFile } from "./record";

/** What the parts of a ceremony share. */
export interface CeremonyContext {
  readonly stack: string;
  /** Vault's, as it is asked. */
  readonly address: string;
  /** Asks Vault something, with a token or without. */
  readonly vault: (token?: string) => Ask;
  readonly file: RecordFile;
  /** Takes a line for people: what was done, or what is waited for. */
  readonly log: (line: string) => void;
}
