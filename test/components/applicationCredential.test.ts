import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationCredential } from "../../components/applicationCredential";
import type { Expectation } from "../../rotation/applied";
import { CERTIFICATES, DATABASE, JOB, makeCredential, PASSWORD, PASSWORD_ID, SECRET, type CredentialCase } from "../support/credentials";
import { decoded, place, service } from "../support/fixtures";
import { MADE_AT, passwordOf, uuidOf, versionOf, type Run } from "../support/program";
import { warnings } from "../support/warnings";
import { keysOf } from "../support/outputs";

const COMPONENT = "cnpg-credentials:index:ApplicationCredential::agents";
const own = ({ resources }: Run<unknown>) => resources.filter(({ id, parent }) => id === COMPONENT || parent === COMPONENT);

const inPlace = service("agents");
const entry = (said: object) => ({ services: { agents: said } });
const byTurns = { rotation: { strategy: "alternating" } };
const rotatedInPlace = service("agents", {}, entry({ generation: 1 }));
const alternating = service("agents", byTurns);
const rotated = service("agents", byTurns, entry({ active: "b", a: 0, b: 1 }));
const fromB = service("agents", {}, entry({ generation: 2, a: "retired", b: 1 }));

async function done({ result }: Run<ApplicationCredential>): Promise<string[]> {
  const urns = result.done.map((resource) => new Promise<string>((resolve) => resource.urn.apply(resolve)));
  return (await Promise.all(urns)).map((urn) => urn.split("$").at(-1) ?? "");
}

interface Proof {
  spec: { template: { spec: { containers: [{ env: { name: string; value?: string }[] }] } } };
}
const variable = ({ spec }: Proof, wanted: string) => spec.template.spec.containers[0].env.find(({ name }) => name === wanted)?.value ?? "";

describe("components/applicationCredential", () => {
  const cases: [string, CredentialCase, typeof inPlace][] = [
    ["in place", {}, inPlace],
    ["alternating", {}, alternating],
    ["rotating", {}, rotated],
    ["with role objects", { roleApi: "databaseRole" }, alternating],
  ];
  for (const [what, given, of] of cases)
    it(`${what}: makes the same objects in a preview and in an update, each a child of the component`, async () => {
      for (const preview of [false, true]) {
        const made = await makeCredential(of, { ...given, preview });
        assert.deepEqual(
          own(made).map(({ id }) => id),
          [COMPONENT, `${JOB}::agents-proof`, `${SECRET}::agents`],
        );
      }
    });

  describe("in the namespaces of applications", () => {
    const elsewhere = (settings: object = {}, ...namespaces: string[]) => service("agents", { namespaces, ...settings });
    const copies = ["jobs", "web"].map((namespace) => `${SECRET}::agents/${namespace}`);
    interface Metadata {
      annotations: Record<string, string>;
    }
    const annotations = (inputs: Record<string, unknown>) => (inputs.metadata as Metadata).annotations;

    it("writes the same Secret there, proven by the same login, and keeps the name of the first one's resource", async () => {
      for (const [of, first] of [
        [elsewhere({}, "jobs", "web"), []],
        [elsewhere(byTurns, "jobs", "web"), [`${JOB}::agents-proof`]],
      ] as const)
        for (const preview of [false, true]) {
          const made = await makeCredential(of, { preview });
          assert.deepEqual(
            own(made).map(({ id }) => id),
            [COMPONENT, `${JOB}::agents-proof`, `${SECRET}::agents`, ...copies],
          );
          const secret = made.get(`${SECRET}::agents`);
          assert.ok(first.every((one) => secret.dependsOn.includes(one)));
          for (const [index, namespace] of ["jobs", "web"].entries()) {
            const copy = made.get(copies[index]!);
            assert.deepEqual(copy.dependsOn, secret.dependsOn);
            const { data } = copy.inputs;
            const { "cnpg-credentials/namespaces": _, ...marks } = annotations(secret.inputs);
            assert.deepEqual(copy.inputs, {
              ...secret.inputs,
              metadata: { ...(secret.inputs.metadata as object), namespace, annotations: marks },
            });
            if (preview) continue;
            const { host, uri, "ca.crt": ca } = decoded(data);
            assert.deepEqual([host, ca], ["pg-rw.apps.svc", CERTIFICATES]);
            assert.match(uri!, /@pg-rw\.apps\.svc:5432\//);
          }
        }
    });

    it("says in the first one where the others are, and nothing where there are none", async () => {
      const said = async (...namespaces: string[]) => {
        const { get } = await makeCredential(elsewhere({}, ...namespaces));
        return annotations(get(`${SECRET}::agents`).inputs)["cnpg-credentials/namespaces"];
      };
      assert.deepEqual([await said("jobs", "web"), await said("apps"), await said()], ["jobs,web", undefined, undefined]);
    });

    it("leaves a service that names none as it is, to the last input", async () => {
      const before = await makeCredential(inPlace);
      const after = await makeCredential(elsewhere({}, "apps"));
      const seen = (made: typeof before) => own(made).map(({ id, inputs, dependsOn, options }) => ({ id, inputs, dependsOn, options }));
      assert.equal(JSON.stringify(seen(after)), JSON.stringify(seen(before)));
      assert.equal("namespaces" in before.result.summary, false);
      assert.equal(before.result.copies.size, 0);
    });

    it("tells the stack's outputs, and is no part of what the proof and the copy in Vault wait for", async () => {
      const made = await makeCredential(elsewhere({}, "jobs"));
      assert.deepEqual(made.result.summary.namespaces, ["jobs"]);
      assert.deepEqual(await done(made), [`${SECRET}::agents`, `${JOB}::agents-proof`]);
    });
  });

  describe("order", () => {
    const login = (object: string) => [`${PASSWORD_ID}::${object}-password-id`, `${SECRET}::${object}-role`];

    it("in place: writes what Postgres accepts at once, and proves it when the database is there", async () => {
      const made = await makeCredential(inPlace);
      const password = `${PASSWORD}::agents-password`;
      assert.deepEqual(made.get(`${SECRET}::agents`).dependsOn, [...login("agents"), password].sort());
      assert.deepEqual(made.get(`${JOB}::agents-proof`).dependsOn, [DATABASE, ...login("agents"), `${SECRET}::agents`].sort());
      assert.deepEqual(await done(made), [`${SECRET}::agents`, `${JOB}::agents-proof`]);
    });

    const provenFirst: [string, CredentialCase, typeof inPlace, string][] = [
      ["alternating, the first time", {}, alternating, "agents-a"],
      ["alternating, rotated", {}, rotated, "agents-b"],
      ["from alternating to in place", {}, fromB, "agents"],
    ];
    for (const [what, given, of, object] of provenFirst)
      it(`${what}: proves the login before the application has it`, async () => {
        const made = await makeCredential(of, given);
        const password = `${PASSWORD}::${object}-password`;
        assert.deepEqual(made.get(`${JOB}::agents-proof`).dependsOn, [DATABASE, ...login(object)].sort());
        const secret = made.get(`${SECRET}::agents`);
        assert.deepEqual(secret.dependsOn, [`${JOB}::agents-proof`, ...login(object), password].sort());
        assert.deepEqual(await done(made), [`${JOB}::agents-proof`, `${SECRET}::agents`]);
      });
  });

  describe("waits for CloudNativePG", () => {
    const consequence =
      "Until this works, the Secret agents-db-secret holds the credential that Postgres accepts, and nothing is restarted. Fix the cause and run `pulumi up` again.";
    async function waitedFor(of: typeof inPlace, given: CredentialCase = {}): Promise<Expectation[]> {
      const expectations: Expectation[] = [];
      const made = await makeCredential(of, { ...given, applied: (one) => Promise.resolve(void expectations.push(one)) });
      // Whatever fails, fails as this service's, and is looked for as it was written.
      for (const { resource, version, secret } of expectations) {
        assert.equal(resource, made.result);
        assert.equal(version, secret && versionOf(secret.replace("agents-db-role", "agents") + "-role"));
      }
      for (const one of expectations as { resource?: unknown; version?: unknown }[]) {
        delete one.resource;
        delete one.version;
      }
      return expectations.sort((one, other) => (one.role < other.role ? -1 : 1));
    }
    const common = { service: "agents", consequence };

    it("to have applied the password of the login whose turn it is", async () =>
      assert.deepEqual(await waitedFor(rotated), [{ ...common, role: "agents_b", secret: "agents-db-role-b" }]));

    const closed = (role: string) => ({
      service: "agents",
      consequence: `Until this works, Postgres may let ${role} in, which is not to log in (any more). Fix the cause and run \`pulumi up\` again.`,
    });
    const retired = service("agents", byTurns, entry({ active: "b", a: "retired", b: 1 }));

    /** The credential of a service whose Cluster is ready only once CloudNativePG has been asked for the role. */
    const askedFirst = (of: typeof inPlace) => {
      let ready = () => {};
      const reconciled = new Promise<void>((resolve) => (ready = resolve));
      return makeCredential(of, { reconciled, applied: () => Promise.resolve(ready()) });
    };

    it("and for no readiness of the Cluster where the password before has ended: a replica that is pending keeps no application out", async () => {
      const made = await askedFirst(rotatedInPlace);
      assert.ok(made.resources.some(({ id }) => id === `${SECRET}::agents`));
    });

    it("and says then that applications may be refused, and that the proof comes afterwards", async () => {
      const [expectation] = await waitedFor(rotatedInPlace);
      assert.match(
        expectation!.consequence,
        /new password already, and the Secret agents-db-secret the one before: applications of agents may be refused/,
      );
      const workloads = [{ kind: "Deployment", name: "api" }];
      const told: [object, RegExp][] = [
        [{}, /^The Secret agents-db-secret has the new password already\. Fix/],
        [{ workloads }, /already, and what reads it is restarted\. Fix/],
        [{ workloads, restart: "none" }, /already\. Fix/],
      ];
      for (const [settings, message] of told) {
        const { get } = await makeCredential(service("agents", settings, entry({ generation: 1 })));
        assert.match(variable(get(`${JOB}::agents-proof`).inputs as unknown as Proof, "CONSEQUENCE"), message);
      }
    });

    it("to have applied that of the login that is retired, which is another one, and that nobody has", async () => {
      for (const roleApi of ["inline", "databaseRole"] as const) {
        const object = (name: string) => (roleApi === "inline" ? {} : { object: name });
        assert.deepEqual(await waitedFor(retired, { roleApi }), [
          { ...closed("agents_a"), role: "agents_a", secret: "agents-db-role-a", ...object("agents-a") },
          { ...common, role: "agents_b", secret: "agents-db-role-b", ...object("agents-b") },
        ]);
      }
    });

    it("and is done, its Secret written and proven, whatever becomes of a login that is not to log in", async () => {
      const registered: string[] = [];
      const applied = ({ role }: Expectation) =>
        role === "agents_b" ? Promise.reject(new pulumi.RunError("not applied")) : Promise.resolve();
      await assert.rejects(makeCredential(alternating, { applied, registered }), /not applied/);
      assert.ok(registered.includes(`${SECRET}::agents`));
    });

    it("by the role's object where it has one; one that goes has none any more", async () =>
      assert.deepEqual(await waitedFor(fromB, { roleApi: "databaseRole" }), [
        { ...common, role: "agents", secret: "agents-db-role", object: "agents" },
        { ...common, role: "agents_a", former: "agents-db-role-a" },
      ]));

    it("to have dropped an inline role that goes", async () =>
      assert.deepEqual(await waitedFor(fromB), [
        { ...common, role: "agents", secret: "agents-db-role" },
        { ...common, role: "agents_a", former: "agents-db-role-a" },
      ]));

    for (const [what, of, given] of [
      ["in place", inPlace, {}],
      ["alternating", rotated, {}],
    ] as const)
      it(`${what}: writes and proves nothing when that fails`, async () => {
        const registered: string[] = [];
        const applied = () => Promise.reject(new pulumi.RunError("not applied"));
        await assert.rejects(makeCredential(of, { ...given, applied, registered }), /not applied/);
        assert.deepEqual(
          registered.filter((id) => id.startsWith(JOB) || id === `${SECRET}::agents`),
          [],
        );
      });
  });

  describe("goes on with nothing but the password that is proven", () => {
    const job = (id: string, status: object = {}): CredentialCase => ({
      kinds: {
        [JOB]: () => ({
          spec: { template: { spec: { containers: [{ name: "proof", env: [{ name: "PASSWORD_ID", value: id }] }] } } },
          status,
        }),
      },
    });
    const own = uuidOf("agents-b-password-id");
    const refused: [string, CredentialCase][] = [
      ["a proof that was left as it was", job("of another password")],
      ["a proof that has failed", job(own, { failed: 1 })],
      ["a proof that an up has given up waiting for", job(own, { active: 1 })],
      ["a proof that has not begun", job(own)],
      ["a proof that says nothing", { kinds: { [JOB]: () => ({ spec: { template: { spec: { containers: [] } } } }) } }],
    ];
    for (const [what, given] of refused)
      it(`the Secret stays as it is with ${what}, and the service is named`, async () => {
        const registered: string[] = [];
        await assert.rejects(makeCredential(rotated, { ...given, registered }), (error) => {
          assert.ok(pulumi.ResourceError.isInstance(error));
          assert.match(error.message, /service agents: the Secret agents-db-secret stays .* agents_b .* agents-db-proof .*--target/);
          return true;
        });
        assert.ok(!registered.includes(`${SECRET}::agents`));
      });

    it("which one that has ended well is of", async () => {
      await makeCredential(rotated, job(own, { succeeded: 1 }));
    });

    for (const [what, of] of [
      ["in place", inPlace],
      ["alternating", rotated],
    ] as const)
      it(`${what}: the Secret stays as it is with a password that is not in the Secret that CloudNativePG reads`, async () => {
        const former: CredentialCase = {
          kinds: { [SECRET]: (name, { metadata }) => ({ metadata, ...(name.endsWith("-role") ? { data: {} } : {}) }) },
        };
        const registered: string[] = [];
        await assert.rejects(
          makeCredential(of, { ...former, registered }),
          /service agents: the Secret agents-db-secret stays .* CloudNativePG reads\./,
        );
        assert.ok(!registered.includes(`${SECRET}::agents`));
      });

    it("in place, the proof comes afterwards", async () => void (await makeCredential(inPlace, job("of another password"))));
  });

  it("proves for as long as the stack says, and what an image takes to come", async () => {
    const { options } = (await makeCredential(inPlace, { proof: { seconds: 30 } })).get(`${JOB}::agents-proof`);
    assert.deepEqual(options, { customTimeouts: { create: "390s" } });
  });

  describe("tells the stack", () => {
    const valuesOf = async ({ result: { summary } }: Run<ApplicationCredential>) => ({
      ...summary,
      changedAt: await new Promise((resolve) => summary.changedAt.apply(resolve)),
    });

    it("whose the credential is", async () =>
      assert.deepEqual(await valuesOf(await makeCredential(inPlace)), {
        role: "agents",
        database: "agents",
        namespace: place().namespace,
        secret: "agents-db-secret",
        ...keysOf(),
        login: "agents",
        roleSecret: "agents-db-role",
        generation: "0.0.0",
        changedAt: MADE_AT,
      }));

    it("who is still in, how old it may become, and its object", async () => {
      const of = service("agents", { rotation: { strategy: "alternating", maxAgeDays: 100_000 } }, entry({ active: "b", a: 0, b: 1 }));
      assert.deepEqual(await valuesOf(await makeCredential(of, { roleApi: "databaseRole" })), {
        role: "agents",
        database: "agents",
        namespace: place().namespace,
        secret: "agents-db-secret",
        ...keysOf(),
        login: "agents_b",
        roleSecret: "agents-db-role-b",
        roleObject: "agents-b",
        generation: "1",
        changedAt: MADE_AT,
        maxAgeDays: 100_000,
        previous: "agents_a",
      });
    });

    it("the Pooler that it is led to", async () =>
      assert.equal((await valuesOf(await makeCredential(service("agents", { pooler: "pooler-rw" })))).pooler, "pooler-rw"));

    it("nothing secret", async () => {
      const { result } = await makeCredential(inPlace);
      assert.equal(await pulumi.isSecret(result.summary.changedAt), false);
    });
  });

  describe("says that a password is overdue", () => {
    const aged = (maxAgeDays?: number) => service("agents", maxAgeDays === undefined ? {} : { rotation: { maxAgeDays } });

    it("when it is older than it may become, with how to replace it", async () =>
      assert.match(
        await warnings(() => makeCredential(aged(1))),
        /^warning: .*the password of agents is \d+ days old, and 1 are allowed: `npm run rotate -- agents`$/,
      ));

    it("and a former login that is let in for longer than it may be, with how to end it", async () => {
      const turned = (previousMaxDays: number, next: Parameters<typeof entry>[0]) =>
        warnings(() => makeCredential(service("agents", { rotation: { strategy: "alternating", previousMaxDays } }, entry(next))));
      const said = await turned(1, { active: "b", a: 0, b: 1 });
      assert.match(said, /role agents_a, still logs in, \d+ days after .* 1 are allowed: `npm run retire -- agents`$/);
      assert.equal(await turned(100_000, { active: "b", a: 0, b: 1 }), "");
      assert.equal(await turned(1, { active: "b", a: "retired", b: 1 }), "");
    });

    it("and nothing of one that is not, or may become as old as it likes", async () => {
      for (const days of [100_000, undefined]) assert.equal(await warnings(() => makeCredential(aged(days))), "");
    });
  });

  it("puts no password in plain text anywhere", async () => {
    for (const preview of [false, true]) {
      const { resources } = await makeCredential(rotated, { preview });
      const clear = JSON.stringify(resources.map((resource) => resource.clear));
      const password = passwordOf("agents-b-password");
      for (const form of [password, Buffer.from(password).toString("base64")]) assert.ok(!clear.includes(form));
    }
  });
});
