import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { transform } from "esbuild";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { credentialKeys, templates } from "../../catalog/templates";
import { readCredential, type Credential } from "../../cli/shared/credential";
import { build } from "../../components/package/build";
import { ensurePulumi, ensureYamlHost } from "../../lab/toolchain";
import { quiet } from "../support/quiet";
import { holds } from "./support/clock";
import { ROOT } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { kubectl, target, withTunnel } from "./support/lab";

/** The rotation of both services, as an example is to have it. */
interface Turn {
  readonly orders: Readonly<Record<string, unknown>>;
  readonly invoices: Readonly<Record<string, unknown>>;
}

/** A copy of an example, with the package as it is built here. */
interface Example {
  readonly directory: string;
  /** Says in the program, as its language is changed, what a turn is. */
  readonly turn: (turn: Turn) => Promise<void>;
}

const EXAMPLES = path.join(ROOT, "docs/examples");
const BEFORE: Turn = { orders: { active: "a", a: 1 }, invoices: { generation: 0 } };
const AFTER: Turn = { orders: { active: "b", a: 1, b: 2 }, invoices: { generation: 1 } };
const RETIRED: Turn = { ...AFTER, orders: { active: "b", b: 2 } };
const SECRETS = { orders: "orders-db-auth", invoices: "invoices-database" };

/** The soak has the other one, which differs in how the package is called alone. */
const LANGUAGES = process.env.SOAK ? ["typescript", "yaml"] : ["typescript"];

const makers: Readonly<Record<string, (directory: string, dist: string) => Promise<Example>>> = {
  typescript: async (directory, dist) => {
    const source = await fs.readFile(path.join(EXAMPLES, "typescript/index.ts"), "utf8");
    await fs.mkdir(path.join(directory, "node_modules/@ameide"), { recursive: true });
    await fs.symlink(dist, path.join(directory, "node_modules/@ameide/cnpg-credentials"));
    await fs.symlink(path.join(ROOT, "node_modules/@pulumi"), path.join(directory, "node_modules/@pulumi"));
    // Without a compiler at each start.
    await fs.writeFile(path.join(directory, "index.js"), (await transform(source, { loader: "ts", format: "cjs" })).code);
    await fs.writeFile(path.join(directory, "package.json"), '{ "name": "orders", "main": "index.js" }');
    await fs.copyFile(path.join(EXAMPLES, "typescript/Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
    const file = path.join(directory, "Pulumi.dev.yaml");
    const turn = async ({ orders, invoices }: Turn) => {
      const { config } = parse(await fs.readFile(file, "utf8")) as { config: object };
      await fs.writeFile(file, stringify({ config: { ...config, "orders:orders": orders, "orders:invoices": invoices } }));
    };
    return { directory, turn };
  },
  yaml: async (directory, dist) => {
    const file = path.join(directory, "Pulumi.yaml");
    const { packages: _, ...program } = parse(await fs.readFile(path.join(EXAMPLES, "yaml/Pulumi.yaml"), "utf8")) as {
      packages: unknown;
      resources: Record<string, { properties: Record<string, unknown>; options?: unknown }>;
    };
    // The lab's build of Pulumi's provider for Kubernetes has no schema, which this language looks
    // its inputs up in: the stack's settings say them, to the provider that the engine makes.
    delete program.resources.kubernetes;
    for (const resource of Object.values(program.resources)) delete resource.options;
    // The built package as it is: `packages` would have npm install its peers once more.
    const plugins = { providers: [{ name: "cnpg-credentials", path: dist }] };
    const turn = async ({ orders, invoices }: Turn) => {
      program.resources.orders!.properties.rotation = orders;
      program.resources.invoices!.properties.rotation = invoices;
      await fs.writeFile(file, stringify({ ...program, plugins }));
    };
    await turn(BEFORE);
    return { directory, turn };
  },
};

describe("the examples: a program of somebody's own, with two databases", () => {
  let dist: string;
  before(async function () {
    this.timeout(30 * 60_000);
    dist = await build();
  });

  for (const [language, make] of Object.entries(makers).filter(([one]) => LANGUAGES.includes(one)))
    describe(language, () => {
      stopAtFailure();
      const namespace = `e2e-example-${language}`;
      let example: Example;
      let env: Record<string, string>;

      before(async function () {
        this.timeout(30 * 60_000);
        await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait");
        await kubectl("create", "namespace", namespace);
        example = await make(await fs.mkdtemp(path.join(os.tmpdir(), `cnpg-credentials-${language}-`)), dist);
        const state = path.join(example.directory, "state");
        await fs.mkdir(state);
        const { kubeconfig, context, lab } = await target();
        const pulumiEnv = await ensurePulumi(quiet);
        const host = language === "yaml" ? [await ensureYamlHost(quiet)] : [];
        env = {
          ...pulumiEnv,
          PATH: [...host, pulumiEnv.PATH].join(path.delimiter),
          KUBECONFIG: kubeconfig,
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: "of the test",
        };
        await pulumi("stack", "init", "dev");
        const settings = { context, namespace, image: lab!.postgresImage, instances: "1", protection: "none" };
        const provider = { "kubernetes:context": context, "kubernetes:enableSecretMutable": "true" };
        for (const [key, value] of Object.entries({ ...settings, ...(language === "yaml" && provider) }))
          await pulumi("config", "set", key, value);
        await example.turn(BEFORE);
      });

      after(async () => {
        await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
        if (example !== undefined) await fs.rm(example.directory, { recursive: true, force: true });
      });

      const pulumi = async (...args: string[]) =>
        (await execa("pulumi", [...args, "--non-interactive", "--color=never"], { cwd: example.directory, env, all: true })).all;
      const up = () => pulumi("up", "--yes", "--skip-preview", "--stack", "dev");

      async function credentials(): Promise<Record<keyof typeof SECRETS, Credential>> {
        const core = (await target()).config.makeApiClient(CoreV1Api);
        const entries = Object.entries(SECRETS).map(async ([service, name]) => {
          const { data } = await core.readNamespacedSecret({ namespace, name });
          return [service, readCredential(credentialKeys(templates.pg), name, data ?? {})];
        });
        return Object.fromEntries(await Promise.all(entries)) as Record<keyof typeof SECRETS, Credential>;
      }

      /** Who each credential logs in as, or why it is refused. */
      async function logins(of: Readonly<Record<string, Credential>>): Promise<Record<string, string>> {
        return withTunnel(
          async (connect) => {
            const said = Object.entries(of).map(async ([service, credential]) => {
              const who = connect(credential, "select session_user || ' in ' || current_database()");
              return [service, await who.catch((error: Error) => `refused: ${error.message}`)];
            });
            return Object.fromEntries(await Promise.all(said)) as Record<string, string>;
          },
          "postgres-1",
          { namespace, cluster: "postgres" },
        );
      }

      let first: Record<keyof typeof SECRETS, Credential>;

      it("brings both up, each with its own login into its own database, and then changes nothing", async function () {
        this.timeout(20 * 60_000);
        await up();
        first = await credentials();
        assert.deepEqual(await logins(first), { orders: "orders_a in orders", invoices: "invoices in invoices" });
        const { orders, invoices } = first;
        const strangers = await logins({ orders: { ...orders, database: "invoices" }, invoices: { ...invoices, database: "orders" } });
        for (const said of Object.values(strangers)) assert.match(said, /^refused: .*pg_hba\.conf/);
        const again = await up();
        // CloudNativePG takes what is false out of a DatabaseRole, and it is said again.
        const changed = again
          .split("\n")
          .filter((line) => /(created|updated|replaced|deleted)/.test(line) && !/DatabaseRole|^ +~ \d+ updated$/.test(line));
        assert.deepEqual(changed, []);
        for (const { password } of Object.values(first)) assert.ok(!again.includes(password));
      });

      it("rotates both: new logins that work, the alternating one with the one before still let in", async function () {
        this.timeout(15 * 60_000);
        await example.turn(AFTER);
        await up();
        const next = await credentials();
        assert.deepEqual(await logins(next), { orders: "orders_b in orders", invoices: "invoices in invoices" });
        assert.notEqual(next.invoices.password, first.invoices.password);
        const former = await logins(first);
        assert.equal(former.orders, "orders_a in orders");
        assert.match(former.invoices!, /^refused: .*password authentication failed/);
        const outputs = JSON.parse(await pulumi("stack", "output", "--json", "--stack", "dev")) as { logins: unknown; secrets: unknown };
        assert.deepEqual([outputs.logins, outputs.secrets], [{ orders: "orders_b", invoices: "invoices" }, SECRETS]);
      });

      it("lets a login that is left out in no more, and the others as before", async function () {
        this.timeout(15 * 60_000);
        const before = await credentials();
        await example.turn(RETIRED);
        await up();
        assert.deepEqual(await credentials(), before);
        // No proof waits for that one: the operator has it a moment later.
        await holds(async () => assert.match((await logins(first)).orders!, /^refused: /));
        assert.deepEqual(await logins(before), { orders: "orders_b in orders", invoices: "invoices in invoices" });
      });

      it("goes, and takes the Secrets with it", async function () {
        this.timeout(15 * 60_000);
        await pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
        const left = await kubectl("-n", namespace, "get", "secrets", "-l", "app.kubernetes.io/part-of=cnpg-credentials", "-o", "name");
        assert.equal(left, "");
      });
    });
});
