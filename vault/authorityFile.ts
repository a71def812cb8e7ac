import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Vault's provider takes an authority as a file only. It is beside the program, under a name that
 * is the same on every machine, since the name is in the state.
 *
 * @param ca absent: it is not known yet
 * @param directory the program's
 */
export function authorityFile(stack: string, ca: string | undefined, directory = ""): string {
  const file = path.join(directory, ".pulumi", `vault-${stack}-ca.pem`);
  if (ca !== undefined && !holds(file, ca)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, ca);
    fs.renameSync(temporary, file);
  }
  return file;
}

function holds(file: string, content: string): boolean {
  try {
    return fs.readFileSync(file, "utf8") === content;
  } catch {
    return false;
  }
}
