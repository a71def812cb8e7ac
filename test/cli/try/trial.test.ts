import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { select } from "../../../catalog/select";
import type { ServiceOutput } from "../../../catalog/outputs";
import { credentialKeys, templates } from "../../../catalog/templates";
import { clientPod } from "../../../cli/try/client";
import {
  enterTrial,
  forgetTrial,
  optionsOf,
  readTrial,
  rememberTrial,
  requireTrial,
  SERVICES,
  trialDirectory,
} from "../../../cli/try/place";
import { findProject, projectDirectory, useProject } from "../../../cli/stack/project";
import { stackFile } from "../../../cli/stack/stackFile";
import { loadStackFile } from "../../../config/file";
import { REPOSITORY } from "../../../lab/paths";

const output = (secret: string) => ({ secret, credentialKeys: credentialKeys(templates.pg) }) as ServiceOutput;

describe("cli/try, its files", () => {
  const env = { ...process.env };
  let directory: string;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "try-"));
    process.env.XDG_DATA_HOME = directory;
  });
  afterEach(() => {
    for (const name of ["XDG_DATA_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG_PASSPHRASE"])
      if (env[name] === undefined) delete process.env[name];
      else process.env[name] = env[name];
    useProject(REPOSITORY);
    fs.rmSync(directory, { recursive: true });
  });

  it("have a stack that is valid, with a service of each strategy, and no other stack's state", async () => {
    process.env.PULUMI_BACKEND_URL = "s3://somebody-elses";
    await enterTrial({ context: "kind-kind" });
    const loaded = await loadStackFile(stackFile("try"), "try");
    assert.ok("stack" in loaded, JSON.stringify(loaded));
    assert.equal(loaded.stack.context, "kind-kind");
    const selected = await select(loaded.stack);
    assert.ok("services" in selected, JSON.stringify(selected));
    assert.deepEqual(
      selected.services.map(({ name, rotation }) => [name, rotation.strategy]).sort(),
      [
        ["shop", "alternating"],
        ["orders", "inPlace"],
      ].sort(),
    );
    assert.deepEqual([...SERVICES].sort(), selected.services.map(({ name }) => name).sort());
    assert.equal(process.env.PULUMI_BACKEND_URL, `file://${path.join(trialDirectory(), "state")}`);
    assert.equal(findProject(path.join(projectDirectory(), "catalog")), projectDirectory());
  });

  it("keep what a rotation has written, and go whole", async () => {
    await rememberTrial({ id: "one", kind: "own", context: "kind-kind" });
    await enterTrial({ context: "kind-kind" });
    fs.appendFileSync(stackFile("try"), "# written\n");
    await enterTrial({ context: "kind-kind" });
    assert.match(fs.readFileSync(stackFile("try"), "utf8"), /# written/);
    assert.equal((parse(fs.readFileSync(stackFile("try"), "utf8")) as { config: object }).config !== undefined, true);
    assert.deepEqual(optionsOf(await requireTrial()), { stack: "try", context: "kind-kind" });
    await forgetTrial();
    assert.equal(await readTrial(), undefined);
    assert.deepEqual(fs.readdirSync(path.join(directory, "cnpg-credentials")), []);
    await assert.rejects(requireTrial(), /nothing is tried at the moment/);
  });
});

describe("cli/try, its client", () => {
  const pod = clientPod("cnpg-try", "pg:17", { shop: output("shop-db-auth"), orders: output("orders-db-auth") });
  const [container] = pod.spec!.containers;

  it("is let in where only restricted pods are, and asks the API server for nothing", () => {
    assert.equal(pod.spec!.automountServiceAccountToken, false);
    assert.deepEqual(container!.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.equal((pod.spec!.securityContext as { runAsNonRoot?: boolean }).runAsNonRoot, true);
  });

  it("mounts each Secret, and has no value of one in its spec", () => {
    assert.deepEqual(
      pod.spec!.volumes!.map(({ secret }) => secret?.secretName),
      ["shop-db-auth", "orders-db-auth"],
    );
    assert.equal(container!.env, undefined);
  });

  it("runs a script that a shell takes, with a login of each service", () => {
    const [, , script] = container!.command as [string, string, string];
    execFileSync("sh", ["-n"], { input: script });
    assert.match(script, /^ {2}'login' 'shop' 'username' 'password' 'dbname' 'host' 'port'$/m);
  });

  it("says who logs in, and what Postgres says where it refuses", () => {
    const at = fs.mkdtempSync(path.join(os.tmpdir(), "client-"));
    try {
      const secrets = path.join(at, "secrets");
      for (const [service, password] of [
        ["shop", "right"],
        ["orders", "wrong"],
      ] as const) {
        const data = path.join(secrets, service, "..2026");
        fs.mkdirSync(data, { recursive: true });
        for (const [key, value] of Object.entries({ username: service, password, dbname: "d", host: "h", port: "1", "ca.crt": "" }))
          fs.writeFileSync(path.join(data, key), value);
        fs.symlinkSync("..2026", path.join(secrets, service, "..data"));
      }
      // A stand-in for psql, which knows one password.
      fs.writeFileSync(path.join(at, "psql"), '#!/bin/sh\n[ "$PGPASSWORD" = right ] || { echo "psql: error: FATAL:  no" >&2; exit 2; }\n', {
        mode: 0o755,
      });
      const [, , script] = container!.command as [string, string, string];
      const once = script.replaceAll("/secrets/", `${secrets}/`).replace("sleep 1", "exit");
      const said = execFileSync("sh", ["-c", once], { encoding: "utf8", env: { PATH: `${at}:${process.env.PATH}` } });
      assert.match(said, /^\d+\tshop\tshop\t\d+\t\n\d+\torders\torders\t\d+\tpsql: error: FATAL: {2}no\n$/);
    } finally {
      fs.rmSync(at, { recursive: true });
    }
  });
});
