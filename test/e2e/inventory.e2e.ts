import assert from "node:assert/strict";
import type { InventoryReport } from "../../cli/inventory/types";
import { json, npm, ok } from "./support/commands";
import { readMarks } from "./support/inventory";
import { kubectl, NAMESPACE, secretNames } from "./support/lab";

const VALUE = "written-by-hand-1";

/** What `npm run inventory -- --live` says; `expected` is the exit code. */
async function inventory(expected: number): Promise<InventoryReport & { text: string }> {
  const { code, text } = await npm("inventory", ["--live", "-o", "json"]);
  assert.equal(code, expected, text);
  assert.ok(!text.includes(VALUE) && !text.includes(Buffer.from(VALUE).toString("base64")));
  return { ...json<InventoryReport>(text), text };
}

describe("inventory", () => {
  let found: InventoryReport;

  it("is what the cluster holds once dev is up: the same Secrets, no difference, exit 0", async () => {
    found = await inventory(0);
    const { differences, others, notes, secrets, ages, ownNamespaces } = found;
    assert.deepEqual([differences, others, notes], [[], [], []]);
    assert.deepEqual(ownNamespaces, [NAMESPACE, "vault"]);
    for (const namespace of ownNamespaces)
      assert.deepEqual(
        (await secretNames(namespace)).sort(),
        secrets
          .filter((one) => one.namespace === namespace)
          .map(({ name }) => name)
          .sort(),
      );
    assert.deepEqual(Object.keys(ages!).sort(), secrets.map(({ namespace, name }) => `${namespace}/${name}`).sort());
    assert.ok(Object.values(ages!).every(({ days }) => days === 0));
  });

  it("has of each Secret the keys that it has, and the object that it belongs to", async () => {
    const marks = new Map<string, Awaited<ReturnType<typeof readMarks>>>();
    for (const namespace of found.ownNamespaces) marks.set(namespace, await readMarks(namespace));
    for (const { namespace, name, keys, producer } of found.secrets) {
      const live = marks.get(namespace)!.get(name)!;
      assert.deepEqual(
        live.keys,
        keys.map((key) => key.name),
        name,
      );
      const by =
        producer.kind === "Cluster" || producer.kind === "ExternalSecret"
          ? `${producer.kind} ${producer.object!.split("/")[1]}`
          : undefined;
      assert.equal(live.controller, by, name);
    }
  });

  it("is the one that is committed", async () => {
    assert.match(await ok(npm("inventory", ["--check"])), /^docs\/inventory\/dev\.md and docs\/inventory\/dev\.json are up to date$/m);
  });

  // test/api has every difference there is.
  it("says what was added, a Secret or a key, without its value, until it is gone", async () => {
    const add = (value: string | null) =>
      kubectl("-n", NAMESPACE, "patch", "secret", "graph-db-credentials", "--type=merge", "-p", JSON.stringify({ data: { more: value } }));
    await add(Buffer.from(VALUE).toString("base64"));
    for (const namespace of [NAMESPACE, "vault"])
      await kubectl("-n", namespace, "create", "secret", "generic", "by-hand", `--from-literal=password=${VALUE}`);
    try {
      const { text, differences, others } = await inventory(1);
      assert.deepEqual(
        differences.map(({ about, what }) => `${about} ${what}`).sort(),
        [
          `${NAMESPACE}/by-hand is there and not the program's: the key password`,
          `${NAMESPACE}/graph-db-credentials has the key more, which the program does not know`,
          "vault/by-hand is there and not the program's: the key password",
        ].sort(),
      );
      assert.deepEqual(
        others.map(({ namespace, name, keys }) => [namespace, name, ...keys]).sort(),
        [
          [NAMESPACE, "by-hand", "password"],
          ["vault", "by-hand", "password"],
        ].sort(),
      );
      assert.match(text, /3 differences, 5\d Secrets of stack dev/);
    } finally {
      for (const namespace of [NAMESPACE, "vault"]) await kubectl("-n", namespace, "delete", "secret", "by-hand", "--ignore-not-found");
      await add(null);
    }
    await inventory(0);
  });
});
