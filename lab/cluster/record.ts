import * as fs from "node:fs/promises";
import * as path from "node:path";
import { isMissing } from "../paths";

/** What a start of a lab leaves for later ones. */
export interface LabRecord {
  /** The clone that it belongs to. */
  readonly repository: string;
  /** Where the host found its API; it is asked for again, so that copies of the kubeconfig stay right. */
  readonly port: number;
  /** A digest of what its processes were started from. */
  readonly inputs: string;
  readonly postgresImage: string;
}

const fileOf = (directory: string) => path.join(directory, "lab.json");

/** The record in a lab's directory; `undefined` when there is none, or its writing was cut short. */
export async function readRecord(directory: string): Promise<LabRecord | undefined> {
  try {
    return JSON.parse(await fs.readFile(fileOf(directory), "utf8")) as LabRecord;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeRecord(directory: string, record: LabRecord): Promise<void> {
  await fs.writeFile(fileOf(directory), JSON.stringify(record));
}
