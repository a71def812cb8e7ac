import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { LabError } from "../../lab/errors";
import type { Ask } from "../../vault/bootstrap/http";
import { npm, transcripts } from "./support/commands";
import { clean, drift, kinds, mend } from "./support/drift";
import { kubectl, NAMESPACE, superuser, target, upWith, withTunnel } from "./support/lab";
import {
  applicationSecrets,
  copies,
  copyOf,
  keyOf,
  logIn,
  mirrored,
  objectsOfStack,
  openVault,
  startVault,
  stopVault,
  upRefreshed,
  type OpenVault,
} from "./support/mirror";
import { restore, rotate } from "./support/rotation";
import { VAULT } from "./support/vault";
import { apply } from "./support/workloads";

/** What the issue allows between an `up` and the copy of what it made. */
const PUSHED_WITHIN_MS = 10_000;
const AGENTS = "agents-db-secret";
const PLATFORM = "platform-db-credentials";
const BACKSTAGE = "backstage-db-credentials";
const off = (config: { services: Record<string, unknown> }) => delete config.services.backstage;

describe("the mirror in Vault", () => {
  let vault: OpenVault;
  let without: string[];
  const secrets = new Set<string>();
  const remember = async () => {
    for (const data of Object.values(await applicationSecrets()))
      for (const [key, value] of Object.entries(data)) if (/password|uri|pgpass|PASSWORD|PWD/.test(key)) secrets.add(value);
  };

  /** Waits until Vault has of these Secrets what Kubernetes has; the time it took. */
  async function inStep(names: readonly string[], within = PUSHED_WITHIN_MS): Promise<number> {
    const began = performance.now();
    const wanted = await applicationSecrets();
    for (;;) {
      const found = await Promise.all(names.map(async (name) => (await copyOf(vault, name))?.data));
      const elapsed = performance.now() - began;
      const behind = names.filter((name, index) => JSON.stringify(sorted(found[index])) !== JSON.stringify(sorted(wanted[name])));
      if (behind.length === 0) return elapsed;
      assert.ok(elapsed < within, `not in Vault after ${Math.round(elapsed)} ms: ${behind.join(", ")}`);
      await sleep(100);
    }
  }

  const version = async (name: string) => (await copyOf(vault, name))?.version;
  /** What somebody does in Vault by hand: a new version of a copy. */
  async function overwrite(name: string, change: Record<string, string>): Promise<void> {
    const { data, version: cas } = (await copyOf(vault, name))!;
    const { status } = await vault.root("POST", `/v1/mirror/data/${keyOf(name)}`, { data: { ...data, ...change }, options: { cas } });
    assert.equal(status, 200);
  }

  before(async () => {
    without = await objectsOfStack();
    vault = await openVault();
  });
  after(async () => {
    await startVault();
    await vault.close();
    await restore();
  });

  it("is off: nothing is copied", async () => {
    assert.ok(!without.some((line) => /PushSecret|mirror/.test(line)), without.join("\n"));
    assert.deepEqual(await copies(vault), []);
  });

  it("copies every application's Secret, whole, at once", async () => {
    await upWith(mirrored({}));
    const names = Object.keys(await applicationSecrets());
    assert.equal(names.length, 14);
    await inStep(names);
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
    await remember();
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
    const elapsed = await inStep([AGENTS, PLATFORM]);
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

  describe("its accounts", () => {
    const own = `mirror/data/${keyOf(AGENTS)}`;
    const elsewhere = [
      "secret/data/inference/inference-api-credentials",
      `mirror/data/${keyOf(AGENTS, "another")}`,
      `mirror/data/prod/${NAMESPACE}/${AGENTS}`,
      `mirror/data/dev/${AGENTS}`,
      `mirror/metadata/${keyOf(AGENTS, "another")}`,
    ];
    const system = [
      "sys/mounts",
      "sys/policies/acl/ameide-vault-mirror",
      "auth/kubernetes/role/ameide-vault-mirror",
      "auth/token/lookup",
      "mirror/config",
      "identity/entity/id",
      "cubbyhole/x",
    ];
    const status = async (ask: Ask, method: string, path: string, body?: object) => (await ask(method, `/v1/${path}`, body)).status;
    const value = { data: { password: "x" }, options: { cas: 0 } };

    async function tokenOf(role: string): Promise<Ask> {
      const login = await logIn(vault, role);
      assert.ok("ask" in login, `no login as ${role}`);
      return login.ask;
    }

    it("write below its own path, by versions, and nowhere else", async () => {
      const ask = await tokenOf("ameide-vault-mirror");
      const key = `mirror/data/${keyOf("tried")}`;
      assert.equal(await status(ask, "POST", key, value), 200);
      assert.equal(await status(ask, "POST", key, value), 400, "a version that is not the last");
      assert.equal(await status(ask, "POST", key, { data: {} }), 400, "no version at all");
      assert.equal(await status(ask, "GET", key), 200);
      const denied: [method: string, path: string, body?: object][] = [
        ...elsewhere.flatMap((path): typeof denied => [
          ["GET", path],
          ["POST", path, value],
          ["DELETE", path],
        ]),
        ...system.flatMap((path): typeof denied => [
          ["GET", path],
          ["POST", path, { policy: "" }],
        ]),
        ["GET", `mirror/metadata/dev/${NAMESPACE}?list=true`],
        // What is kept, it cannot remove.
        ["DELETE", key],
        ["DELETE", `mirror/metadata/${keyOf("tried")}`],
        ["POST", `mirror/destroy/${keyOf("tried")}`, { versions: [1] }],
        ["POST", `mirror/undelete/${keyOf("tried")}`, { versions: [1] }],
        ["POST", "auth/token/create", {}],
        ["POST", "sys/seal", {}],
      ];
      for (const [method, path, body] of denied) assert.equal(await status(ask, method, path, body), 403, `${method} ${path}`);
      await vault.root("DELETE", `/v1/mirror/metadata/${keyOf("tried")}`);
    });

    it("read below its own path, change nothing, and see nothing else", async () => {
      const ask = await tokenOf("ameide-vault-mirror-reader");
      assert.equal(await status(ask, "GET", own), 200);
      assert.equal(await status(ask, "GET", `mirror/metadata/dev/${NAMESPACE}?list=true`), 200);
      const denied: [method: string, path: string, body?: object][] = [
        ...[own, `mirror/metadata/${keyOf(AGENTS)}`].flatMap((path): typeof denied => [
          ["POST", path, value],
          ["DELETE", path],
        ]),
        ...elsewhere.flatMap((path): typeof denied => [
          ["GET", path],
          ["POST", path, value],
        ]),
        ...system.map((path): (typeof denied)[number] => ["GET", path]),
        ["GET", "mirror/metadata/dev?list=true"],
        ["POST", "auth/token/create", {}],
      ];
      for (const [method, path, body] of denied) assert.equal(await status(ask, method, path, body), 403, `${method} ${path}`);
    });

    it("are nobody else's: no application, no account of that name elsewhere, no token for another audience", async () => {
      for (const name of ["ameide-vault-mirror", "ameide-vault-mirror-reader"]) {
        await kubectl("-n", NAMESPACE, "create", "serviceaccount", name);
        try {
          const refused = [
            await logIn(vault, name, { namespace: NAMESPACE }),
            await logIn(vault, name, { namespace: NAMESPACE, account: "default" }),
            await logIn(vault, name, { account: "ameide-vault" }),
            await logIn(vault, name, { audience: "https://kubernetes.default.svc" }),
          ];
          for (const answer of refused)
            assert.ok("status" in answer && answer.status >= 400 && answer.status < 500, JSON.stringify(answer));
        } finally {
          await kubectl("-n", NAMESPACE, "delete", "serviceaccount", name);
        }
      }
    });

    it("work for the stack's namespace alone", async () => {
      const metadata = { name: "intruder", namespace: "default" };
      await apply({ apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "of-an-intruder" } });
      await apply({
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        metadata,
        spec: {
          secretStoreRefs: [{ name: "ameide-vault-mirror", kind: "ClusterSecretStore" }],
          selector: { secret: { name: "intruder" } },
          refreshInterval: "1h",
          data: [{ match: { remoteRef: { remoteKey: keyOf(AGENTS) } } }],
        },
      });
      await kubectl("-n", "default", "wait", "pushsecret/intruder", "--for=condition=Ready=False", "--timeout=30s");
      const message = await kubectl("-n", "default", "get", "pushsecret/intruder", "-o", "jsonpath={.status.conditions[0].message}");
      assert.match(message, /not allowed from namespace|is denied|denied/);
      await inStep([AGENTS]);
      await kubectl("-n", "default", "delete", "pushsecret/intruder", "secret/intruder");
    });
  });

  describe("what is changed in Vault by hand", () => {
    it("reaches neither Secret nor Postgres; drift calls Vault suspect, and pushes the Secret again", async () => {
      const [former, acl] = [await applicationSecrets(), await superuser("select rolpassword from pg_authid where rolname = 'agents'")];
      secrets.add("changed-in-vault");
      await overwrite(AGENTS, { password: "changed-in-vault" });
      // Whatever might carry it back is asked to.
      await kubectl("-n", NAMESPACE, "annotate", "secret", AGENTS, "looked=now", "--overwrite");
      await sleep(5000);
      assert.deepEqual(await applicationSecrets(), former);
      assert.equal(await superuser("select rolpassword from pg_authid where rolname = 'agents'"), acl);
      await logsIn(former[AGENTS]!);
      await assert.rejects(logsIn({ ...former[AGENTS]!, password: "changed-in-vault" }), /password authentication failed/);
      const { findings } = await drift(1);
      assert.deepEqual(
        findings.map(({ service, check, suspect, truth }) => ({ service, check, suspect, truth })),
        [
          {
            service: "agents",
            check: "mirror",
            suspect: `Vault's copy mirror/${keyOf(AGENTS)} is not Secret ${AGENTS} in the key password`,
            truth: `Secret ${AGENTS}: no application reads the copy, and nothing takes it back`,
          },
        ],
      );
      await mend(findings);
      await inStep([AGENTS]);
    });

    const broken: [what: string, how: () => Promise<unknown>, suspect: RegExp][] = [
      [
        "deleted",
        () => vault.root("DELETE", `/v1/mirror/data/${keyOf(AGENTS)}`),
        /was deleted, and a version that is not there cannot be replaced$/,
      ],
      [
        "destroyed",
        async () => vault.root("POST", `/v1/mirror/destroy/${keyOf(AGENTS)}`, { versions: [await version(AGENTS)] }),
        /was destroyed, and a version that is not there cannot be replaced$/,
      ],
      ["removed", () => vault.root("DELETE", `/v1/mirror/metadata/${keyOf(AGENTS)}`), /^Vault has no copy /],
      [
        "replaced by somebody else's",
        async () => {
          await vault.root("DELETE", `/v1/mirror/metadata/${keyOf(AGENTS)}`);
          await vault.root("POST", `/v1/mirror/data/${keyOf(AGENTS)}`, { data: { password: "changed-in-vault" }, options: { cas: 0 } });
          await kubectl("-n", NAMESPACE, "annotate", "pushsecret", AGENTS, "looked=now", "--overwrite");
          await kubectl("-n", NAMESPACE, "wait", "pushsecret", AGENTS, "--for=condition=Ready=False", "--timeout=30s");
        },
        /was made by something else: External Secrets does not replace it$/,
      ],
    ];
    for (const [what, how, suspect] of broken)
      it(`is found and mended when it is ${what}`, async () => {
        await how();
        const { findings } = await drift(1);
        assert.deepEqual(kinds(findings), ["agents mirror"]);
        assert.match(findings[0]!.suspect, suspect);
        await mend(findings, vault.environment);
        await inStep([AGENTS]);
      });

    it("is not looked at with --no-vault", async () => {
      await overwrite(PLATFORM, { password: "changed-in-vault" });
      assert.deepEqual((await drift(0, ["--no-vault"])).notChecked, [{ what: "copies in Vault", reason: "--no-vault", asked: true }]);
      await mend((await drift(1)).findings);
    });
  });

  it("finds a PushSecret that was edited or is gone", async () => {
    const patch = { spec: { deletionPolicy: "Delete" } };
    await kubectl("-n", NAMESPACE, "patch", "pushsecret", AGENTS, "--type=merge", "-p", JSON.stringify(patch));
    await kubectl("-n", NAMESPACE, "delete", "pushsecret", PLATFORM);
    assert.deepEqual(kinds((await drift(1)).findings), ["agents mirror", "platform mirror"]);
    // `npm run pulumi`, which the findings name, has the configuration of the repository, where the mirror is off.
    await upRefreshed(mirrored({}));
    await clean("after an up with refresh");
    await inStep([AGENTS, PLATFORM]);
  });

  it("has a rotation neither fail nor wait while Vault is down, and follows when it is back", async () => {
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
      const { findings, notChecked } = await drift(1);
      assert.deepEqual(kinds(findings), ["agents mirror"]);
      assert.match(findings[0]!.suspect, /^PushSecret agents-db-secret cannot be pushed: /);
      assert.deepEqual(notChecked, [
        { what: "copies in Vault", reason: "the service vault/vault has no ready pod: Vault is down, or sealed", asked: false },
      ]);
    } finally {
      await startVault();
      vault = await openVault();
    }
    await mend((await drift(1).catch(() => ({ findings: [] }))).findings);
    await inStep([AGENTS]);
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
      await inStep([BACKSTAGE]);
    });

    it("keep: leaves all copies and no object when the mirror is switched off", async () => {
      const all = (await copies(vault)).sort();
      await restore();
      assert.deepEqual((await copies(vault)).sort(), all);
      assert.deepEqual(await objectsOfStack(), without);
    });

    it("delete: removes the copy of a service that goes; while Vault is down the up says so, and the next one ends it", async () => {
      await upWith(mirrored({ retention: "delete" }));
      await inStep(Object.keys(await applicationSecrets()));
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

  it("finds an ExternalSecret that writes into a Secret of CloudNativePG's; no up goes past it; it goes, and the Secret stays", async () => {
    const core = (await target()).config.makeApiClient(CoreV1Api);
    const uid = async () => (await core.readNamespacedSecret({ namespace: NAMESPACE, name: PLATFORM })).metadata!.uid;
    const made = await uid();
    await apply({
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { name: "former", namespace: NAMESPACE },
      spec: {
        secretStoreRef: { name: "ameide-vault", kind: "ClusterSecretStore" },
        target: { name: PLATFORM, creationPolicy: "Owner", deletionPolicy: "Delete" },
        data: [{ secretKey: "password", remoteRef: { key: "inference/inference-api-credentials", property: "OPENAI_API_KEY" } }],
      },
    });
    await kubectl("-n", NAMESPACE, "wait", "externalsecret/former", "--for=condition=Ready", "--timeout=60s");
    const { code, text } = await npm("pulumi", ["preview"]);
    assert.notEqual(code, 0, text);
    assert.match(text, /ExternalSecret\/former: writes into the Secret platform-db-credentials, whose values come from CloudNativePG/);
    const { findings } = await drift(1);
    assert.equal(kinds(findings)[0], "platform externalSecret");
    await mend(findings);
    assert.equal(await uid(), made);
    await logsIn((await applicationSecrets())[PLATFORM]!);
  });

  it("looks for roles of Vault's on managed roles with a token, and says what that token may not", async () => {
    assert.equal((await npm("drift", ["--vault-roles"])).code, 2);
    const asRoot = { VAULT_TOKEN: vault.environment.VAULT_TOKEN };
    assert.deepEqual((await drift(0, ["--vault-roles"], asRoot)).notChecked, []);
    const { notChecked } = await drift(2, ["--vault-roles"], { VAULT_TOKEN: "not-a-token" });
    assert.equal(notChecked[0]?.what, "database roles in Vault");
    assert.match(notChecked[0]?.reason ?? "", /^Vault does not give sys\/mounts \(403/);
  });

  it("has printed no password, and put none into an object, an event or a log", async () => {
    await remember();
    const seen = [
      ...transcripts,
      await kubectl("get", "pushsecrets,externalsecrets,clustersecretstores,events,configmaps,jobs,pods", "-A", "-o", "json"),
      await kubectl("-n", "external-secrets", "logs", "deployment/external-secrets"),
      await kubectl("-n", VAULT, "logs", `${VAULT}-0`),
    ].join("\n");
    assert.ok(secrets.size > 30);
    for (const secret of secrets)
      for (const text of [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]) assert.ok(!seen.includes(text));
  });
});

const sorted = (data: Record<string, string> = {}) => Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));

/** Logs in with what a Secret of the template `pg` holds. */
async function logsIn({ username, password, dbname, host }: Record<string, string>): Promise<void> {
  await withTunnel((connect) => connect({ user: username!, password: password!, database: dbname!, host: host!, port: 5432 }));
}
