import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { DriftReport } from "../../cli/drift/types";
import { LabError } from "../../lab/errors";
import { drift, kinds, mend } from "./support/drift";
import { kubectl, NAMESPACE, upWith } from "./support/lab";
import {
  applicationSecrets,
  copies,
  copyOf,
  inStep,
  keyOf,
  logsIn,
  mirrored,
  objectsOfStack,
  openVault,
  startVault,
  stopVault,
  type OpenVault,
} from "./support/mirror";
import { restore, rotate } from "./support/rotation";

const AGENTS = "agents-db-secret";
const PLATFORM = "platform-db-credentials";
const BACKSTAGE = "backstage-db-credentials";
const off = (config: { services: Record<string, unknown> }) => delete config.services.backstage;

describe("the mirror in Vault", () => {
  let vault: OpenVault;
  let without: string[];

  const version = async (name: string) => (await copyOf(vault, name))?.version;

  before(async () => {
    without = await objectsOfStack();
    vault = await openVault();
  });
  after(async () => {
    await startVault();
    await vault.close();
    await restore();
  });

  describe("what applications read", () => {
    it("is off: nothing is copied", async () => {
      assert.ok(!without.some((line) => /PushSecret|mirror/.test(line)), without.join("\n"));
      assert.deepEqual(await copies(vault), []);
    });

    it("copies every application's Secret, whole, at once", async () => {
      await upWith(mirrored({}));
      const names = Object.keys(await applicationSecrets());
      assert.equal(names.length, 14);
      await inStep(vault, names);
      assert.deepEqual((await copies(vault)).sort(), names.sort());
      assert.equal((await drift(0)).notChecked.length, 0);
    });

    it("writes no version where nothing has changed", async () => {
      const versions = await Promise.all([AGENTS, PLATFORM].map(version));
      assert.equal((await upWith(mirrored({}))).changed, false);
      assert.deepEqual(await Promise.all([AGENTS, PLATFORM].map(version)), versions);
    });

    it("has a rotated password within 10 s of the up, in place and alternating, and none before Postgres accepts it", async () => {
      const [former, versions] = [await applicationSecrets(), await Promise.all([AGENTS, PLATFORM].map(version))];
      let ended = false;
      const ahead: string[] = [];
      // Whatever Vault has at any moment of the rotation logs in, or is what was there before it.
      const watching = (async () => {
        const passwords = new Set([former[AGENTS]!.password]);
        while (!ended) {
          const copy = await copyOf(vault, AGENTS);
          if (copy && !passwords.has(copy.data.password)) {
            passwords.add(copy.data.password);
            await logsIn(copy.data).catch((error: Error) => ahead.push(error.message));
          }
          await sleep(50);
        }
      })();
      await rotate(
        { services: { agents: 1 } },
        mirrored({}, ({ services }) => (services.platform = { rotation: { strategy: "alternating" } })),
      );
      const elapsed = await inStep(vault, [AGENTS, PLATFORM]);
      ended = true;
      await watching;
      const now = await applicationSecrets();
      for (const name of [AGENTS, PLATFORM]) assert.notEqual(now[name]!.password, former[name]!.password);
      assert.equal(now[PLATFORM]!.username, "platform_a");
      assert.deepEqual(ahead, []);
      assert.deepEqual(
        await Promise.all([AGENTS, PLATFORM].map(version)),
        versions.map((one) => one! + 1),
      );
      console.log(`      in Vault ${Math.round(elapsed)} ms after the up`);
    });
  });

  describe("without Vault", () => {
    it("has a rotation neither fail nor wait, and follows when Vault is back", async () => {
      let found: DriftReport;
      await vault.close();
      await stopVault();
      try {
        const began = performance.now();
        await rotate(
          { services: { agents: 2 } },
          mirrored({}, ({ services }) => (services.platform = { rotation: { strategy: "alternating" } })),
        );
        console.log(`      rotated in ${Math.round(performance.now() - began)} ms without Vault`);
        await logsIn((await applicationSecrets())[AGENTS]!);
        await kubectl("-n", NAMESPACE, "wait", "pushsecret", AGENTS, "--for=condition=Ready=False", "--timeout=60s");
        found = await drift(1);
        assert.deepEqual(kinds(found.findings), ["agents mirror"]);
        assert.match(found.findings[0]!.suspect, /^PushSecret agents-db-secret cannot be pushed: /);
        const reason = "the service vault/vault has no ready pod: Vault is down, or sealed";
        assert.deepEqual(found.notChecked, [{ what: "copies in Vault", reason, asked: false }]);
      } finally {
        await startVault();
        vault = await openVault();
      }
      await mend(found.findings);
      await inStep(vault, [AGENTS]);
    });
  });

  describe("retention", () => {
    it("keep: leaves the copy of a service that goes, says so, and takes it up when the service is back", async () => {
      const kept = await copyOf(vault, BACKSTAGE);
      await upWith(mirrored({}, off));
      assert.deepEqual(await copyOf(vault, BACKSTAGE), kept);
      const { notes } = await drift(0);
      assert.deepEqual(
        notes.filter(({ check }) => check === "mirror").map(({ text }) => text),
        [`Vault keeps mirror/${keyOf(BACKSTAGE)}, which nothing is copied to any more`],
      );
      await upWith(mirrored({}));
      await inStep(vault, [BACKSTAGE]);
    });

    it("keep: leaves all copies and no object when the mirror is switched off", async () => {
      const all = (await copies(vault)).sort();
      await restore();
      assert.deepEqual((await copies(vault)).sort(), all);
      assert.deepEqual(await objectsOfStack(), without);
    });

    it("delete: removes the copy of a service that goes; while Vault is down the up says so, and the next one ends it", async () => {
      await upWith(mirrored({ retention: "delete" }));
      await inStep(vault, Object.keys(await applicationSecrets()));
      await vault.close();
      await stopVault();
      try {
        await assert.rejects(upWith(mirrored({ retention: "delete" }, off)), (error: Error) => {
          assert.ok(error instanceof LabError);
          assert.match(error.message, /mirror-backstage/);
          return true;
        });
        // Its Secret goes after its copy.
        assert.ok(BACKSTAGE in (await applicationSecrets()));
      } finally {
        await startVault();
        vault = await openVault();
      }
      const all = await copies(vault);
      await upWith(mirrored({ retention: "delete" }, off));
      assert.deepEqual((await copies(vault)).sort(), all.filter((name) => name !== BACKSTAGE).sort());
      assert.ok(all.length >= 13);
    });

    it("delete: removes all copies, and every object, when the mirror is switched off", async () => {
      await restore();
      assert.deepEqual(await copies(vault), []);
      assert.deepEqual(await objectsOfStack(), without);
    });
  });
});
