import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { conclude, inventory } from "../../cli/inventory/report";
import { asConfig } from "../../config/settings";
import type { InventoryReport, InventorySecret } from "../../cli/inventory/types";
import type { KubeObject } from "./support/client";
import { externalSecret, secret } from "./support/objects";
import { CONTEXT } from "./support/apiServer";
import { CLUSTER, Stage, STACK } from "./support/stage";
import { here } from "./support/world";

const VALUE = "written-by-hand-1";
const APPLICATION = "platform-db-credentials";
const FETCHED = "inference-api-credentials";

describe("inventory against a cluster", () => {
  let stage: Stage;
  let file: string;
  /** Every Secret that there has to be, by `namespace/name`. */
  let secrets: Map<string, InventorySecret>;

  const at = (name: string, namespace = stage.namespace) => ({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace } });

  before(async () => {
    stage = await Stage.open({ vault: true });
    file = path.join(here().server.directory, `${stage.namespace}.yaml`);
    await fs.writeFile(file, stringify({ config: asConfig(stage.settings) }));
    const made = new Set((await stage.up()).filter(({ kind }) => kind === "Secret").map(({ metadata }) => idOf(metadata)));
    const { program } = await inventory({ stack: STACK, file, repo: [] });
    secrets = new Map(program.secrets.map((one) => [idOf(one), one]));
    // What the program makes is what it says that it makes; the rest is CloudNativePG's, External
    // Secrets' and the CronJob's to make.
    const byUs = program.secrets.filter(({ producer }) => producer.kind === "Pulumi").map(idOf);
    assert.deepEqual([...made].sort(), byUs.sort());
    for (const one of program.secrets.filter(({ producer }) => producer.kind !== "Pulumi")) await here().api.apply(await byItsMaker(one));
  });

  /** What `npm run inventory -- --live` says; `expected` is the exit code. */
  async function live(expected: number): Promise<InventoryReport> {
    const { kubeconfig } = here().server;
    const found = await inventory({ stack: STACK, file, repo: [], target: { kubeconfig, context: CONTEXT } });
    const { text, exitCode } = await conclude(found, { output: "json" });
    const page = await conclude(found, { output: "md" });
    for (const output of [text, page.text])
      for (const value of [VALUE, Buffer.from(VALUE).toString("base64")]) assert.ok(!output.includes(value));
    assert.equal(exitCode, expected, text);
    return JSON.parse(text) as InventoryReport;
  }
  const inWords = ({ differences }: InventoryReport) => differences.map(({ about, what }) => `${about} ${what}`);

  /** These differences while something is otherwise, and none before and afterwards. */
  async function differs(expected: readonly string[], change: () => Promise<void>, back: () => Promise<void>): Promise<InventoryReport> {
    await change();
    const report = await live(1);
    assert.deepEqual(inWords(report), expected);
    await back();
    await live(0);
    return report;
  }

  it("finds no difference where there is none, and says how old everything is", async () => {
    const { differences, others, notes, ages, ownNamespaces } = await live(0);
    assert.deepEqual([differences, others, notes], [[], [], []]);
    assert.deepEqual(ownNamespaces, [stage.namespace, stage.vaultNamespace]);
    assert.deepEqual(Object.keys(ages!).sort(), [...secrets.keys()].sort());
  });

  for (const name of [APPLICATION, "platform-db-role", FETCHED, `${CLUSTER}-ca`])
    it(`says that ${name} was deleted, until it is there again`, async () => {
      const former = await here().api.read(at(name));
      await differs(
        [`${stage.namespace}/${name} is not there`],
        () => here().api.remove(at(name)),
        () => here().api.apply(bare(former)),
      );
    });

  for (const where of ["namespace", "vaultNamespace"] as const)
    it(`says that a Secret was added, with its keys and without its value: in the stack's ${where}`, async () => {
      const namespace = stage[where]!;
      const added = secret("by-hand", { password: VALUE });
      const { others } = await differs(
        [`${namespace}/by-hand is there and not the program's: the key password`],
        () => here().api.apply({ ...added, metadata: { ...added.metadata, namespace } }),
        () => here().api.remove(at("by-hand", namespace)),
      );
      assert.deepEqual(
        others.map(({ name, keys }) => [name, ...keys]),
        [["by-hand", "password"]],
      );
    });

  it("says that a key was added, until it is taken away", async () => {
    const more = (value: string | null) => here().api.patch(at(APPLICATION), { data: { more: value } });
    await differs(
      [`${stage.namespace}/${APPLICATION} has the key more, which the program does not know`],
      () => more(Buffer.from(VALUE).toString("base64")),
      () => more(null),
    );
  });

  it("says that a key is gone, until it is there again", async () => {
    const { data } = await here().api.read<KubeObject & { data: { uri: string } }>(at(APPLICATION));
    const uri = (value: string | null) => here().api.patch(at(APPLICATION), { data: { uri: value } });
    await differs(
      [`${stage.namespace}/${APPLICATION} lacks the key uri`],
      () => uri(null),
      () => uri(data.uri),
    );
  });

  it("says that a Secret belongs to somebody else, or to nobody", async () => {
    const owners = (name: string, ownerReferences: unknown) => here().api.patch(at(name), { metadata: { ownerReferences } });
    const [theirs] = (await here().api.read(at(FETCHED))).metadata.ownerReferences as unknown[];
    await differs(
      [
        `${stage.namespace}/${FETCHED} belongs to nothing, and by the program to ExternalSecret/${FETCHED}`,
        `${stage.namespace}/${APPLICATION} belongs to ExternalSecret/${FETCHED}, and by the program to nothing`,
      ],
      async () => {
        await owners(FETCHED, []);
        await owners(APPLICATION, [theirs]);
      },
      async () => {
        await owners(FETCHED, [theirs]);
        await owners(APPLICATION, []);
      },
    );
  });

  it("says that an ExternalSecret writes into a Secret of the program's", async () => {
    const former = stage.placed(externalSecret("former", APPLICATION));
    await differs(
      [`ExternalSecret ${stage.namespace}/former writes the Secret ${APPLICATION}, and is not the program's`],
      () => here().api.apply(former),
      () => here().api.remove(former),
    );
  });

  it("says that the Cluster is gone, and that it refers to a Secret that it should not", async () => {
    const at = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: CLUSTER, namespace: stage.namespace } };
    const former = await here().api.read(at);
    const pull = (imagePullSecrets: unknown) => here().api.patch(at, { spec: { imagePullSecrets } });
    const about = `Cluster ${stage.namespace}/${CLUSTER}`;
    await differs(
      [`${about} refers to the Secret registry, which is not the program's`],
      () => pull([{ name: "registry" }]),
      () => pull(null),
    );
    await differs(
      [`${about} is not there`],
      () => here().api.remove(at),
      () => here().api.apply(bare(former)),
    );
  });

  /** A Secret as its maker makes it: with its keys, and an owner where that is an object. */
  async function byItsMaker({ namespace, name, type, keys, producer: { kind, object } }: InventorySecret): Promise<KubeObject> {
    const made = secret(name, Object.fromEntries(keys.map((key) => [key.name, VALUE])), type);
    const metadata = { name, namespace };
    if (kind !== "Cluster" && kind !== "ExternalSecret") return { ...made, metadata };
    const apiVersion = kind === "Cluster" ? "postgresql.cnpg.io/v1" : "external-secrets.io/v1";
    const [ownerNamespace = "", ownerName = ""] = object!.split("/");
    const owner = await here().api.read({ apiVersion, kind, metadata: { name: ownerName, namespace: ownerNamespace } });
    const reference = { apiVersion, kind, name: ownerName, uid: owner.metadata.uid, controller: true };
    return { ...made, metadata: { ...metadata, ownerReferences: [reference] } };
  }
});

const idOf = ({ namespace, name }: { readonly namespace?: string; readonly name: string }) => `${namespace}/${name}`;

/** An object as somebody would make it again, less what the API server writes into it. */
function bare({ metadata, ...object }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  const given = Object.entries({ name, namespace, labels, annotations, ownerReferences }).filter(([, value]) => value !== undefined);
  return { ...object, metadata: Object.fromEntries(given) as KubeObject["metadata"] };
}
