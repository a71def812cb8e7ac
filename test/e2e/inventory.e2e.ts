import assert from "node:assert/strict";
import { readMarks } from "./support/inventory";
import type { InventoryReport } from "../../inventory/types";
import { json, npm, ok, pulumi } from "./support/commands";
import { kubectl, NAMESPACE, secretNames } from "./support/lab";

const VALUE = "written-by-hand-1";

/** What `npm run inventory -- --live` says; `expected` is the exit code. */
async function inventory(expected: number, ...args: string[]): Promise<InventoryReport & { text: string }> {
  const { code, text } = await npm("inventory", ["--live", "-o", "json", ...args]);
  assert.equal(code, expected, text);
  assert.ok(!text.includes(VALUE) && !text.includes(Buffer.from(VALUE).toString("base64")));
  return { ...json<InventoryReport>(text), text };
}

const inWords = ({ differences }: InventoryReport) => differences.map(({ about, what }) => `${about} ${what}`);

describe("inventory", () => {
  it("is what the cluster holds once dev is up: the same Secrets, no difference, exit 0", async () => {
    const { differences, others, notes, secrets, ages, ownNamespaces } = await inventory(0);
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
    const { secrets } = await inventory(0);
    for (const { namespace, name, keys, producer } of secrets) {
      const { keys: live, controller } = await readMarks(namespace, name);
      assert.deepEqual(
        live.sort(),
        keys.map((key) => key.name),
        name,
      );
      const by =
        producer.kind === "Cluster" || producer.kind === "ExternalSecret"
          ? `${producer.kind} ${producer.object!.split("/")[1]}`
          : undefined;
      assert.equal(controller, by, name);
    }
  });

  it("is the one that is committed", async () => {
    assert.match(
      await ok(npm("inventory", ["--check"])),
      /^docs\/inventory\/dev\.md and 22 pages in docs\/inventory\/dev are as they should be$/m,
    );
  });

  it("says that a Secret was deleted, until it is there again", async () => {
    await kubectl("-n", NAMESPACE, "delete", "secret", "threads-db-credentials");
    const { text, ...found } = await inventory(1);
    assert.deepEqual(inWords(found), [`${NAMESPACE}/threads-db-credentials is not there`]);
    assert.match(text, /1 difference, 53 Secrets of stack dev/);
    await ok(pulumi("up", "--refresh", "--yes", "--skip-preview"));
    await inventory(0);
  });

  it("says that a Secret was added, with its keys and without its value, until it is gone", async () => {
    for (const namespace of [NAMESPACE, "vault"]) {
      await kubectl("-n", namespace, "create", "secret", "generic", "by-hand", `--from-literal=password=${VALUE}`);
      try {
        const found = await inventory(1);
        assert.deepEqual(inWords(found), [`${namespace}/by-hand is there and not the program's: the key password`]);
        assert.deepEqual(
          found.others.map(({ name, keys }) => [name, ...keys]),
          [["by-hand", "password"]],
        );
      } finally {
        await kubectl("-n", namespace, "delete", "secret", "by-hand");
      }
      await inventory(0);
    }
  });

  it("says that a key was added, until it is taken away", async () => {
    const patch = (value: string | null) =>
      kubectl("-n", NAMESPACE, "patch", "secret", "graph-db-credentials", "--type=merge", "-p", JSON.stringify({ data: { more: value } }));
    await patch(Buffer.from(VALUE).toString("base64"));
    assert.deepEqual(inWords(await inventory(1)), [`${NAMESPACE}/graph-db-credentials has the key more, which the program does not know`]);
    await patch(null);
    await inventory(0);
  });
});
