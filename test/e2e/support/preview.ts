import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";
import { ROOT, transcripts } from "./commands";
import { NAMESPACE, recordsOn, target, type Configuration } from "./lab";
import { configureRotation, type Rotation } from "./rotation";

interface Step {
  op: string;
  urn: string;
}

/** Previews a rotation, twice: for people with every difference, and for programs. In neither is any value that a Secret of the namespace has. */
export async function preview(rotation: Rotation, change: (config: Configuration) => void): Promise<{ steps: Step[]; text: string }> {
  const opened = await configureRotation(rotation, change);
  const run = async (...options: string[]) => {
    const args = [
      "preview",
      ...options,
      "--non-interactive",
      "--color",
      "never",
      "--stack",
      opened.name,
      "--config-file",
      opened.configFile,
    ];
    const { stdout, all } = await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true });
    transcripts.push(all);
    return { stdout, all };
  };
  const [text, json] = [await run("--diff"), await run("--json")];
  for (const value of await secretValues()) {
    for (const form of [value, Buffer.from(value).toString("base64").replace(/=+$/, "")])
      assert.ok(!text.all.includes(form) && !json.all.includes(form), "a preview shows something secret");
  }
  return { steps: (JSON.parse(json.stdout) as { steps: Step[] }).steps, text: text.all };
}

/** What is replaced, updated and so on, a line each; a replacement's own steps are one. */
export function changes(steps: readonly Step[]): string[] {
  const lines = steps
    .filter(({ op, urn }) => !["same", "read", "refresh"].includes(op) && !/::pulumi:(pulumi|providers)/.test(urn))
    .map(({ op, urn }) => {
      const [type, name] = urn.split("::").slice(-2) as [string, string];
      return `${type
        .split(":")
        .at(-1)!
        .replace(/Patch$/, "")} ${name}: ${/replace/.test(op) ? "replace" : op}`;
    });
  return [...new Set(lines)].sort();
}

/** The passwords, and the URIs and lines that contain them, of all Secrets. */
export async function secretValues(): Promise<string[]> {
  const core = (await target()).config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedSecret({ namespace: NAMESPACE });
  const passwords = items.flatMap(({ data = {} }) =>
    ["password", "POSTGRES_PWD", "VISIBILITY_POSTGRES_PWD"].flatMap((key) =>
      data[key] ? [Buffer.from(data[key], "base64").toString("utf8")] : [],
    ),
  );
  // Each service has its own twice at least, in the Secret of its application and in that of its role.
  assert.ok(passwords.length >= 2 * (await recordsOn()).length, `${passwords.length} passwords`);
  return passwords;
}
