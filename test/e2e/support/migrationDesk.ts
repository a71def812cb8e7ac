import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { openTunnel, type Tunnel } from "../../../preflight/postgres/tunnel";
import { PORT } from "../../../vault/names";
import { asConfig } from "../../../config/settings";
import { stackFile } from "../../../cli/stack/stackFile";
import { ensureVault } from "../../../lab/toolchain";
import type { Item, MigrationReport, ServicePlan, StepId } from "../../../cli/migrate/types";
import { quiet } from "../../support/quiet";
import { json, npm, ROOT, transcripts } from "./commands";
import { LEGACY } from "./legacy";
import { kubectl, target } from "./lab";
import { secretData, VAULT, VAULT_NAMESPACE } from "./vault";

/** What people do with a plan: its commands in a shell, its settings into the stack's file. */
export class MigrationDesk {
  readonly #file = stackFile(LEGACY.stack);

  private constructor(
    private readonly tunnel: Tunnel,
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** With the stack's file as a team would begin it. */
  static async open(config: Readonly<Record<string, unknown>>): Promise<MigrationDesk> {
    const { vault } = await ensureVault(quiet);
    const tunnel = await openTunnel((await target()).config, VAULT_NAMESPACE, `${VAULT}-0`, PORT);
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-migration-"));
    const ca = path.join(directory, "ca.pem");
    await fs.writeFile(ca, (await secretData("vault-tls"))["ca.crt"]!);
    const env = {
      KUBECONFIG: undefined,
      PATH: `${path.dirname(vault)}:${process.env.PATH}`,
      VAULT_ADDR: `https://localhost:${tunnel.port}`,
      VAULT_CACERT: ca,
      VAULT_TOKEN: (await secretData("vault-auto-credentials"))["root-token"]!,
    };
    const desk = new MigrationDesk(tunnel, directory, env);
    await desk.write({ config: asConfig(config) });
    return desk;
  }

  async close(): Promise<void> {
    await this.tunnel.close();
    await fs.rm(this.directory, { recursive: true });
    await fs.rm(this.#file, { force: true });
  }

  async plan(...args: string[]): Promise<MigrationReport> {
    const { code, text } = await npm("migrate", ["plan", "--stack", LEGACY.stack, "-o", "json", ...args]);
    assert.equal(code, 0, text);
    return json<MigrationReport>(text);
  }

  /** What `check` says; `code` is what it ends with. */
  async check(code: 0 | 1): Promise<string> {
    const ran = await npm("migrate", ["check", "--stack", LEGACY.stack]);
    assert.equal(ran.code, code, ran.text);
    return ran.text;
  }

  async service(name: string): Promise<ServicePlan> {
    const found = (await this.plan()).services.find(({ service }) => service === name);
    assert.ok(found);
    return found;
  }

  /** Where each step of a service is, less those that come later. */
  async stands(name: string): Promise<string[]> {
    return standsOf(await this.service(name));
  }

  /** The items of a step that is due. */
  async items(name: string, id: StepId): Promise<readonly Item[]> {
    const step = (await this.service(name)).steps.find((one) => one.id === id)!;
    assert.notEqual(step.state, "done", `${name}: ${id}`);
    return step.items;
  }

  /** Does what a step of some services says, and says where they stand then. */
  async do(names: readonly string[], id: StepId): Promise<Record<string, string[]>> {
    const due = (await this.plan()).services.filter(({ service }) => names.includes(service));
    assert.equal(due.length, names.length);
    for (const { service, steps } of due) {
      const step = steps.find((one) => one.id === id)!;
      assert.notEqual(step.state, "done", `${service}: ${id}`);
      for (const item of step.items) await this.follow(item);
    }
    const now = (await this.plan()).services.filter(({ service }) => names.includes(service));
    return Object.fromEntries(now.map((one) => [one.service, standsOf(one)]));
  }

  async follow({ yaml, commands = [] }: Item, input = ""): Promise<string> {
    if (yaml !== undefined) await this.write(parse(yaml) as object);
    const said: string[] = [];
    // What asks a person is answered.
    for (const command of commands)
      said.push(await this.shell(command.replace(/^(npm run (?:rotate|retire) .*)$/, "$1 --yes --force"), input));
    return said.join("\n");
  }

  async shell(line: string, input = ""): Promise<string> {
    const { all, exitCode } = await execa("bash", ["-c", line], { cwd: ROOT, env: this.env, all: true, reject: false, input });
    transcripts.push(all);
    assert.equal(exitCode, 0, `${line}\n${all}`);
    return all;
  }

  /** Merges settings into the stack's file, as an editor would. */
  async write(settings: object): Promise<void> {
    const now = await fs.readFile(this.#file, "utf8").then(
      (text) => parse(text) as object,
      () => ({}),
    );
    await fs.writeFile(this.#file, stringify(merge(now, settings)));
  }

  async edit(change: (config: Record<string, unknown>) => void): Promise<void> {
    const now = parse(await fs.readFile(this.#file, "utf8")) as { config: Record<string, unknown> };
    change(now.config);
    await fs.writeFile(this.#file, stringify(now));
  }
}

function standsOf({ steps }: ServicePlan): string[] {
  return steps.flatMap(({ id, state }) => (state === "later" ? [] : [`${id} ${state}`]));
}

function merge(one: unknown, other: unknown): unknown {
  if (!isMapping(one) || !isMapping(other)) return other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...keys].map((key) => [key, key in other ? merge(one[key], other[key]) : one[key]]));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What makes an object this one and no other. */
export async function uid(...object: string[]): Promise<string> {
  return kubectl("-n", LEGACY.namespace, "get", ...object, "-o", "jsonpath={.metadata.uid}");
}
