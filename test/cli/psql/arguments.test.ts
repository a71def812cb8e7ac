import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { endsByItself, psqlArguments } from "../../../cli/psql/arguments";
import { kubeconfigFor, startApiServer, type ApiServer } from "../../support/apiServer";
import { serviceOutput } from "../../support/outputs";

interface Pod {
  readonly spec: {
    readonly automountServiceAccountToken: boolean;
    readonly activeDeadlineSeconds: number;
    readonly volumes: readonly { readonly secret?: { readonly items?: readonly { readonly key: string }[] } }[];
    readonly containers: readonly [
      {
        readonly command: readonly string[];
        readonly securityContext: object;
        readonly env: readonly { readonly name: string; readonly value?: string }[];
      },
    ];
  };
}

describe("cli/psql/arguments", () => {
  let server: ApiServer;
  let args: string[];
  let pod: Pod;
  before(async () => {
    server = await startApiServer({
      "GET /apis/postgresql.cnpg.io/v1/namespaces/apps/clusters/pg": { spec: { imageName: "example.com/postgresql:17" } },
    });
    const config = new KubeConfig();
    config.loadFromString(kubeconfigFor(server));
    config.setCurrentContext("lab");
    args = await psqlArguments(config, "apps/pg", "platform", serviceOutput(), ["-c", "select 1"], false, "dev");
    pod = JSON.parse(args[args.indexOf("--overrides") + 1]!) as Pod;
  });
  after(() => server.close());

  it("is a pod that ends by itself, has no token, and writes nowhere but to its own home", () => {
    const { automountServiceAccountToken, activeDeadlineSeconds, containers } = pod.spec;
    assert.deepEqual([automountServiceAccountToken, activeDeadlineSeconds], [false, 12 * 3600]);
    assert.deepEqual(containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("waits for its first line where nobody types, as kubectl attaches to what runs already", () => {
    assert.deepEqual(pod.spec.containers[0].command, ["sh", "-c", `read -r begin; exec psql "$@"`, "psql", "-c", "select 1"]);
  });

  it("is the same where somebody types a statement, and a prompt where not", () => {
    for (const args of [["-c", "select 1"], ["-XAtc", "select 1"], ["-Xf/tmp/x"], ["--list"], ["-x", "-l"], ["--command=select 1"], ["-V"]])
      assert.equal(endsByItself(args), true, args.join(" "));
    for (const args of [[], ["-X"], ["-dcfl"], ["-v", "a=c"], ["-P", "pager=off"], ["--csv"], ["-Xv", "f=1"]])
      assert.equal(endsByItself(args), false, args.join(" "));
  });

  it("has the labels that policies for the network go by", () => {
    assert.equal(
      args[args.indexOf("--labels") + 1],
      "cnpg-credentials/pod=psql,cnpg-credentials/stack=dev,cnpg-credentials/service=platform",
    );
  });

  it("has of the Secret what a login takes, by reference, and of its files the authorities alone", () => {
    const { containers, volumes } = pod.spec;
    const given = containers[0].env.filter(({ value }) => value === undefined).map(({ name }) => name);
    assert.deepEqual(given, ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"]);
    assert.deepEqual(
      volumes.flatMap(({ secret }) => (secret ? [secret.items?.map(({ key }) => key)] : [])),
      [["ca.crt"]],
    );
  });

  it("proves Postgres, and is proven with nothing that could be told on", () => {
    const values = Object.fromEntries(pod.spec.containers[0].env.map(({ name, value }) => [name, value]));
    const { PGSSLMODE, PGREQUIREAUTH, PGCHANNELBINDING, PGOPTIONS } = values;
    assert.deepEqual([PGSSLMODE, PGREQUIREAUTH, PGCHANNELBINDING], ["verify-full", "scram-sha-256", "require"]);
    assert.match(PGOPTIONS!, /search_path=pg_catalog/);
  });
});
