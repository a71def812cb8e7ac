import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Finding } from "../../cli/drift/types";
import { FixableError } from "../../config/fixableError";
import { drift, kinds, mend } from "./support/drift";
import { kubectl, NAMESPACE, secretNames, upWith, type Configuration } from "./support/lab";
import {
  applicationSecrets,
  copies,
  copyOf,
  inStep,
  logsIn,
  mirrored,
  objectsOfStack,
  openVault,
  READER,
  upKeeping,
  WRITER,
  type OpenVault,
} from "./support/mirror";
import { startVault, stopVault, VAULT, VAULT_NAMESPACE } from "./support/vault";

const AGENTS = "agents-db-secret";
const PLATFORM = "platform-db-credentials";
const BACKSTAGE = "backstage-db-credentials";

/** `platform` goes over to logins that take turns when its copies are made. */
const FIRST_TURN = { active: "a", a: 1, owner: 0 };

const rotated = (agents: number) => (config: Configuration) => {
  const services = { agents: { generation: agents }, platform: { active: "b", a: 1, b: 2, owner: "retired" } };
  config.rotation = { ...(config.rotation as object), services };
};

describe("the mirror in Vault, with its retention `delete`", () => {
  let vault: OpenVault;
  let without: string[];
  /** Of drift, without Vault. */
  let findings: readonly Finding[];

  const version = async (name: string) => (await copyOf(vault, name))?.version;

  before(async () => {
    without = await objectsOfStack();
    vault = await openVault();
  });
  after(() => vault.close());

  describe("what applications read", () => {
    it("is off: nothing is copied", async () => {
      const ofMirror = (line: string) => line.startsWith("PushSecret ") || line.endsWith(` ${WRITER}`) || line.endsWith(` ${READER}`);
      assert.deepEqual(without.filter(ofMirror), []);
      assert.deepEqual(await copies(vault), []);
    });

    it("copies every application's Secret, whole, at once", async () => {
      await upKeeping((config) => {
        mirrored({ retention: "delete" })(config);
        config.services.platform = { rotation: { strategy: "alternating" } };
        config.rotation = { ...(config.rotation as object), services: { platform: FIRST_TURN } };
      });
      const names = Object.keys(await applicationSecrets());
      assert.deepEqual(names.toSorted(), [AGENTS, BACKSTAGE, PLATFORM]);
      await inStep(vault, names);
      assert.deepEqual((await copies(vault)).sort(), names.sort());
      assert.equal((await drift(0)).notChecked.length, 0);
    });

    it("writes no version where nothing has changed", async () => {
      const versions = await Promise.all([AGENTS, PLATFORM].map(version));
      assert.equal((await upWith(() => undefined)).changed, false);
      assert.deepEqual(await Promise.all([AGENTS, PLATFORM].map(version)), versions);
    });

    it("has a rotated password at once, in place and alternating, and none before Postgres accepts it", async () => {
      const [former, versions] = [await applicationSecrets(), await Promise.all([AGENTS, PLATFORM].map(version))];
      let ended = false;
      const ahead: string[] = [];
      // Whatever Vault has at any moment of the rotation logs in, or is what was there before it.
      const watching = (async () => {
        const passwords = new Set([former[AGENTS]!.password]);
        for (let isLast = false; !isLast;) {
          isLast = ended;
          const copy = await copyOf(vault, AGENTS);
          if (copy && !passwords.has(copy.data.password)) {
            passwords.add(copy.data.password);
            await logsIn(copy.data).catch((error: Error) => ahead.push(error.message));
          }
          await pause(50);
        }
        return passwords.size;
      })();
      let elapsed = 0;
      try {
        await upKeeping(rotated(1));
        elapsed = await inStep(vault, [AGENTS, PLATFORM]);
      } finally {
        ended = true;
        await watching;
      }
      const now = await applicationSecrets();
      for (const name of [AGENTS, PLATFORM]) assert.notEqual(now[name]!.password, former[name]!.password);
      assert.deepEqual([former[PLATFORM]!.username, now[PLATFORM]!.username], ["platform_a", "platform_b"]);
      assert.deepEqual(ahead, []);
      assert.equal(await watching, 2, "passwords that the watch has seen");
      assert.deepEqual(
        await Promise.all([AGENTS, PLATFORM].map(version)),
        versions.map((one) => one! + 1),
      );
      console.log(`      in Vault ${Math.round(elapsed)} ms after the up`);
    });
  });

  describe("while Vault is down", () => {
    before(async () => {
      await vault.close();
      await stopVault();
    });
    after(async () => {
      await startVault();
      vault = await openVault();
    });

    it("has a rotation neither fail nor wait", async () => {
      const began = performance.now();
      await upKeeping(rotated(2));
      console.log(`      rotated in ${Math.round(performance.now() - began)} ms without Vault`);
      await logsIn((await applicationSecrets())[AGENTS]!);
      await kubectl("-n", NAMESPACE, "wait", "pushsecret", AGENTS, "--for=condition=Ready=False", "--timeout=120s");
      const found = await drift(1);
      assert.deepEqual(kinds(found.findings), ["agents mirror"]);
      assert.match(found.findings[0]!.suspect, /^PushSecret agents-db-secret cannot be pushed: /);
      const reason = `the service ${VAULT_NAMESPACE}/${VAULT} has no ready pod: Vault is down, or sealed`;
      assert.deepEqual(found.notChecked, [{ what: "copies in Vault", reason, asked: false }]);
      findings = found.findings;
    });

    it("has an up say that a copy cannot be removed, with its Secret kept until then", async () => {
      await assert.rejects(
        upKeeping(({ services }) => delete services.backstage),
        (error: Error) => {
          assert.ok(error instanceof FixableError);
          assert.match(error.message, /mirror-backstage/);
          return true;
        },
      );
      assert.ok((await secretNames()).includes(BACKSTAGE));
    });
  });

  describe("when Vault is back", () => {
    it("has the next up remove what is not to be kept, and nothing else", async () => {
      await upWith(() => undefined);
      assert.deepEqual((await copies(vault)).sort(), [AGENTS, PLATFORM]);
      assert.ok(!(await secretNames()).includes(BACKSTAGE));
    });

    it("follows the rotation", async () => {
      await mend(findings);
      await inStep(vault, [AGENTS, PLATFORM]);
    });

    it("has all copies removed, and every object, when the mirror is switched off", async () => {
      await upKeeping((config) => {
        delete (config.vault as { mirror?: object }).mirror;
        config.services.backstage = {};
      });
      assert.deepEqual(await copies(vault), []);
      assert.deepEqual(await objectsOfStack(), without);
    });
  });
});
