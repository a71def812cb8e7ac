import * as assert from "node:assert/strict";
import type { Service } from "../../catalog/service";
import { PROFILE_SCRIPT } from "../../components/profileScript";
import { PROOF_SCRIPT } from "../../components/proofScript";
import { JOB, makeCredential, PASSWORD_ID, SECRET, type CredentialCase } from "../support/credentials";
import { expectedMetadata, service } from "../support/fixtures";
import { shopServices } from "../support/profiles";
import { passwordOf, uuidOf, type Registration } from "../support/program";

interface PodSpec {
  containers: { image?: string; imagePullPolicy?: string; env: { name: string; value?: string }[]; securityContext: object }[];
  volumes: { name: string }[];
  securityContext: { runAsNonRoot: boolean; seccompProfile: { type: string } };
  [field: string]: unknown;
}

async function make(of: Service, given: CredentialCase = {}): Promise<Registration> {
  return (await makeCredential(of, given)).get(`${JOB}::${of.name}-proof`);
}
const templateOf = ({ inputs }: Registration) => (inputs.spec as { template: { metadata: object; spec: PodSpec } }).template;
const podOf = (job: Registration) => templateOf(job).spec;
const containerOf = (job: Registration) => podOf(job).containers[0]!;
const variables = (job: Registration) => Object.fromEntries(containerOf(job).env.map(({ name, ...from }) => [name, from.value ?? from]));

const alternating = service(
  "agents-runtime",
  { rotation: { strategy: "alternating" } },
  {
    services: { "agents-runtime": { active: "b", a: 0, b: 1 } },
  },
);

describe("components/proof", () => {
  it("is one Job, which runs once, and again in the next `up` when it has failed", async () => {
    const { inputs } = await make(service("agents"));
    const { template, ...spec } = inputs.spec as Record<string, unknown>;
    const metadata = expectedMetadata("agents-db-proof", { service: "agents", annotations: { "pulumi.com/replaceUnready": "true" } });
    assert.deepEqual([inputs.kind, inputs.metadata], ["Job", metadata]);
    assert.deepEqual(spec, { backoffLimit: 0, activeDeadlineSeconds: 360 });
    assert.equal((template as { spec: PodSpec }).spec.restartPolicy, "Never");
  });

  it("logs in as the application will, with the server proven, in place", async () =>
    assert.deepEqual(variables(await make(service("inference"), { proof: { seconds: 20 } })), {
      PGHOST: "pg-rw.apps.svc",
      PGDATABASE: "langgraph",
      PGUSER: { valueFrom: { secretKeyRef: { name: "inference-db-role", key: "username" } } },
      PGPASSWORD: { valueFrom: { secretKeyRef: { name: "inference-db-role", key: "password" } } },
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/authority/ca.crt",
      PGREQUIREAUTH: "scram-sha-256",
      PGCHANNELBINDING: "require",
      PGCONNECT_TIMEOUT: "5",
      PGAPPNAME: "cnpg-credentials-proof",
      PGOPTIONS: "-c search_path=pg_catalog",
      SERVICE: "inference",
      ROLE: "inference",
      GUESTS: "cnpg_metrics_exporter",
      OWNER: "inference",
      NEEDS: "required",
      SECONDS_TO_TRY: "20",
      CONSEQUENCE:
        "Until this works, the Secret inference-db-credentials holds the credential that Postgres accepts, and nothing is restarted. Fix the cause and run `pulumi up` again.",
      PASSWORD_ID: uuidOf("inference-password-id"),
    }));

  it("knows what is declared for the database, and whose objects in it are not for its owner", async () => {
    const of = { ...service("plausible"), schemas: ["app", "jobs"], foreignOwners: ["auditor"] };
    const { EXTENSIONS, SCHEMAS, FOREIGN_OWNERS } = variables(await make(of));
    assert.deepEqual([EXTENSIONS, SCHEMAS, FOREIGN_OWNERS], ["citext", "app\njobs", "auditor"]);
  });

  const alternates = (entry: object) => service("agents", { rotation: { strategy: "alternating" } }, { services: { agents: entry } });
  for (const [what, of, expected] of [
    ["a first credential", service("agents"), "required"],
    ["the first of two logins", alternates({ active: "a", a: 0 }), "required"],
    [
      "one that was rotated in place, whose Secret is written by then",
      service("agents", {}, { services: { agents: { generation: 1 } } }),
      "required",
    ],
    ["the next of two logins, which waits for the proof", alternates({ active: "b", a: 0, b: 1 }), "told"],
  ] as const)
    it(`says whether a database that does not do fails it: ${what}`, async () => assert.equal(variables(await make(of)).NEEDS, expected));

  it("logs in as the login whose turn it is, as the owner", async () => {
    const { ROLE, OWNER, PGDATABASE, PGPASSWORD, PASSWORD_ID: id } = variables(await make(alternating));
    const password = { valueFrom: { secretKeyRef: { name: "agents-runtime-db-role-b", key: "password" } } };
    assert.deepEqual([ROLE, OWNER, PGDATABASE, PGPASSWORD], ["agents_runtime_b", "agents_runtime", "agents_runtime", password]);
    assert.equal(id, uuidOf("agents-runtime-b-password-id"));
  });

  for (const [tls, expected] of [
    [{ mode: "require" }, "host=pooler-rw.apps.svc channel_binding=disable"],
    [{ mode: "prefer" }, "host=pooler-rw.apps.svc channel_binding=disable sslmode=prefer sslrootcert=''"],
    [{ mode: "verify-full", ca: "/ca.crt" }, "host=pooler-rw.apps.svc channel_binding=disable"],
  ] as const)
    it(`proves the service's Pooler, unless that may do without TLS: sslmode ${tls.mode}`, async () => {
      const { POOLER } = variables(await make(service("agents", { pooler: "pooler-rw", tls })));
      assert.equal(POOLER, expected);
    });

  it("is another one for another password, once that is applied, and the same for the same", async () => {
    const [made, again] = [await make(alternating), await make(alternating)];
    assert.deepEqual(made.inputs, again.inputs);
    for (const id of [`${PASSWORD_ID}::agents-runtime-b-password-id`, `${SECRET}::agents-runtime-b-role`])
      assert.ok(made.dependsOn.includes(id), id);
  });

  it("has no password in it, in plain text or not", async () => {
    for (const [of, given, login] of [
      [service("agents"), {}, "agents"],
      [alternating, {}, "agents-runtime-b"],
    ] as const) {
      const job = await make(of, given);
      const password = passwordOf(`${login}-password`);
      for (const form of [password, Buffer.from(password).toString("base64")]) assert.ok(!JSON.stringify(job.inputs).includes(form));
      assert.deepEqual(job.secrets, []);
    }
  });

  it("mounts certificates, and no Secret", async () => {
    const job = await make(service("agents"));
    assert.deepEqual(podOf(job).volumes, [
      { name: "authority", configMap: { name: "pg-authorities", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ]);
    assert.deepEqual((containerOf(job) as unknown as { volumeMounts: object }).volumeMounts, [
      { name: "authority", mountPath: "/authority", readOnly: true },
    ]);
  });

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  it("keeps to the Pod Security Standard `restricted`, and has no way into the cluster", async () => {
    const { containers, volumes, securityContext, ...pod } = podOf(await make(service("agents")));
    assert.deepEqual(securityContext, { runAsNonRoot: true, runAsUser: 26, runAsGroup: 26, seccompProfile: { type: "RuntimeDefault" } });
    assert.equal(containers.length, 1);
    assert.deepEqual(containers[0]?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.ok(volumes.every((volume) => Object.keys(volume).sort().join() === "configMap,name"));
    assert.deepEqual(pod, { restartPolicy: "Never", automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it("keeps a service mesh out of its pod, which carries what every object carries but is nobody's", async () => {
    const { metadata } = templateOf(await make(service("agents")));
    const { labels } = expectedMetadata("agents-db-proof", { service: "agents" }) as { labels: object };
    assert.deepEqual(metadata, {
      labels: { ...labels, "cnpg-credentials/pod": "proof" },
      annotations: { note: "hello", "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" },
    });
  });

  describe("runs where and with what the Cluster does", () => {
    const images: [string, object, object, string | undefined][] = [
      ["the Cluster's image", {}, {}, "postgresql:17"],
      ["the image that the stack says", {}, { image: "psql:17" }, "psql:17"],
    ];
    for (const [what, cluster, proof, expected] of images)
      it(what, async () => assert.equal(containerOf(await make(service("agents"), { cluster, proof })).image, expected));

    it("its registry, its nodes", async () => {
      const cluster = {
        imagePullPolicy: "Always",
        imagePullSecrets: ["registry"],
        placement: { nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
      };
      const job = await make(service("agents"), { cluster });
      const { imagePullSecrets, nodeSelector, tolerations } = podOf(job);
      assert.deepEqual([imagePullSecrets, nodeSelector, tolerations], [[{ name: "registry" }], { pool: "pg" }, [{ key: "pg" }]]);
      assert.equal(containerOf(job).imagePullPolicy, "Always");
    });
  });

  it("carries what the platform asks of pods", async () => {
    const pods = {
      labels: { team: "data" },
      annotations: { policy: "yes" },
      resources: { limits: { cpu: "100m" } },
      user: "platform" as const,
      serviceAccount: "jobs",
      imagePullSecrets: ["registry"],
    };
    const job = await make(service("agents"), { pods });
    const { labels, annotations } = templateOf(job).metadata as Record<"labels" | "annotations", Record<string, string>>;
    assert.deepEqual([labels.team, labels["cnpg-credentials/service"], annotations.policy], ["data", "agents", "yes"]);
    const { securityContext, serviceAccountName, imagePullSecrets, automountServiceAccountToken } = podOf(job);
    assert.deepEqual(securityContext, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual([serviceAccountName, imagePullSecrets, automountServiceAccountToken], ["jobs", [{ name: "registry" }], false]);
    assert.deepEqual((containerOf(job) as unknown as { resources: object }).resources, {
      requests: { cpu: "10m", memory: "16Mi" },
      limits: { memory: "64Mi", cpu: "100m" },
    });
  });

  describe("of a profile", () => {
    const [, migrator, writer, reader] = shopServices({ "shop-reader": { rotation: { strategy: "alternating" } } });
    const givers = [service("agents"), alternating];

    it("has the owner's logins, at every turn, and which rights they give", async () => {
      const job = await make(writer!, { givers: givers[0]! });
      const { OWNER, PROFILE, TABLES, SEQUENCES, GUESTS, NEEDS, ...rest } = variables(job);
      assert.deepEqual(
        [OWNER, PROFILE, TABLES, SEQUENCES, GUESTS, NEEDS],
        ["shop", "shop_writer", "SELECT\nINSERT\nUPDATE\nDELETE", "USAGE\nSELECT", undefined, "required"],
      );
      const fromSecret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
      assert.deepEqual(
        [rest.FIRST_USER, rest.FIRST_PASSWORD, rest.SECOND_USER],
        [fromSecret("agents-db-role", "username"), fromSecret("agents-db-role", "password"), undefined],
      );
      assert.ok(job.dependsOn.includes(`${SECRET}::agents-role`));
      const both = variables(await make(writer!, { givers: givers[1]! }));
      assert.deepEqual(
        [both.FIRST_USER, both.SECOND_USER],
        ["a", "b"].map((slot) => fromSecret(`agents-runtime-db-role-${slot}`, "username")),
      );
    });

    it("runs a script of its own, logs in to the owner's database, and may read no more than it reads", async () => {
      const job = await make(reader!, { givers: givers[0]! });
      const { command } = containerOf(job) as unknown as { command: string[] };
      assert.deepEqual(command, ["sh", "-c", PROFILE_SCRIPT]);
      const { ROLE, PGDATABASE, TABLES, SEQUENCES } = variables(job);
      assert.deepEqual([ROLE, PGDATABASE, TABLES, SEQUENCES], ["shop_reader_a", "shop", "SELECT", "SELECT"]);
    });

    it("that works as the owner is the owner's own", async () => {
      const job = await make(migrator!);
      const { command } = containerOf(job) as unknown as { command: string[] };
      assert.deepEqual(command, ["sh", "-c", PROOF_SCRIPT]);
      const { ROLE, OWNER, PGDATABASE, EXTENSIONS, SCHEMAS, FOREIGN_OWNERS } = variables(job);
      assert.deepEqual([ROLE, OWNER, PGDATABASE], ["shop_migrator", "shop", "shop"]);
      assert.deepEqual([EXTENSIONS, SCHEMAS, FOREIGN_OWNERS], ["citext", "orders", "auditor"]);
    });
  });

  it("runs the script, with nothing of the service in it", async () => {
    const { command } = containerOf(await make(alternating)) as unknown as { command: string[] };
    assert.deepEqual(command, ["sh", "-c", PROOF_SCRIPT]);
  });
});
