import * as assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint, issueAuthority } from "../../../components/authority/issue";
import { ServerAuthority, type ServerAuthorityArgs } from "../../../components/authority/serverAuthority";
import { decoded, expectedMetadata, place } from "../../support/fixtures";
import { run, type Run } from "../../support/program";

const NAME = "authority";
const SECRET = `kubernetes:core/v1:Secret::${NAME}`;
const MAP = `kubernetes:core/v1:ConfigMap::${NAME}-certificates`;
const COMPONENT = `cnpg-credentials:index:ServerAuthority::${NAME}`;
const stash = (number: number) => `pulumi:index:Stash::${NAME}-${number}`;
const OPERATOR = "-----BEGIN CERTIFICATE-----\noperator\n-----END CERTIFICATE-----\n";

const make = (
  authorities: ServerAuthorityArgs["authorities"],
  more: Partial<ServerAuthorityArgs> = {},
  options: { preview?: boolean; stashed?: unknown } = {},
): Promise<Run<ServerAuthority>> => run(() => new ServerAuthority(NAME, { place: place(), cluster: "pg", authorities, ...more }), options);
const valueOf = <T>(output: pulumi.Input<T>) => new Promise<T>((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
const certificatesIn = (text: string) => text.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? [];

describe("components/authority", () => {
  it("makes the same in a preview and in an update, each a child of the component", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make([1], {}, { preview });
      assert.deepEqual(resources.map(({ id, parent }) => [id, parent]).sort(), [
        [COMPONENT, undefined],
        [MAP, COMPONENT],
        [SECRET, COMPONENT],
        [stash(1), COMPONENT],
      ]);
    }
  });

  it("gives CloudNativePG what it signs with: a key that is secret, and its certificate, which instances take up at once", async () => {
    const { get, result } = await make([1]);
    const { inputs, secrets } = get(SECRET);
    assert.deepEqual(inputs.metadata, expectedMetadata("pg-server-ca", { labels: { "cnpg.io/reload": "true" } }));
    assert.deepEqual(secrets, ["data"]);
    const data = decoded(inputs.data);
    assert.deepEqual(Object.keys(data), ["ca.crt", "ca.key"]);
    const certificate = new X509Certificate(data["ca.crt"]!);
    assert.ok(certificate.ca && certificate.checkPrivateKey(createPrivateKey(data["ca.key"]!)));
    assert.match(data["ca.key"]!, /^-----BEGIN EC PRIVATE KEY-----/);
    assert.equal(await valueOf(result.given!.secretName), "pg-server-ca");
    assert.equal(await valueOf(result.given!.mark!), `${fingerprint(data["ca.crt"]!).slice(0, 32)}.authority.invalid`);
  });

  it("tells everybody the certificates, and nobody else the key", async () => {
    const { get, resources, result } = await make([2, 1]);
    const { "ca.key": key, "ca.crt": all } = decoded(get(SECRET).inputs.data);
    assert.deepEqual(get(MAP).inputs.metadata, expectedMetadata("pg-authorities", {}));
    assert.deepEqual(get(MAP).inputs.data, { "ca.crt": all });
    assert.deepEqual([get(MAP).secrets, await valueOf(result.ca), await pulumi.isSecret(result.ca)], [[], all, false]);
    assert.ok(!JSON.stringify(resources.map(({ clear }) => clear)).includes(key!.split("\n")[1]!));
  });

  it("has the one that signs first, and every other one trusted", async () => {
    const { get, result } = await make([2, 1]);
    const subjects = certificatesIn(await valueOf(result.ca)).map((one) => new X509Certificate(one).subject);
    assert.deepEqual(subjects, ["CN=apps/pg Postgres authority 2", "CN=apps/pg Postgres authority 1"]);
    assert.equal(result.authorities, "2 1");
    const { input } = get(stash(2)).inputs as { input: { key: string } };
    assert.equal(decoded(get(SECRET).inputs.data)["ca.key"], input.key);
  });

  it("keeps each for as long as it is listed, whatever is made in later runs", async () => {
    const kept = await issueAuthority("kept");
    const { get, result } = await make([1], {}, { stashed: kept });
    assert.deepEqual(get(stash(1)).options, { ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] });
    assert.deepEqual(get(stash(1)).secrets, ["input"]);
    assert.equal(await valueOf(result.ca), kept.cert);
  });

  it("takes over that of a lost state", async () => {
    const lost = await issueAuthority("lost");
    const { result } = await make([1, 2], { adopted: { 1: lost } });
    assert.equal(certificatesIn(await valueOf(result.ca))[0], lost.cert);
  });

  describe("beside CloudNativePG's own", () => {
    it("gives its own to CloudNativePG, which is not to sign anew with it yet", async () => {
      const { get, result } = await make(["operator", 1], { operator: OPERATOR });
      const own = certificatesIn(decoded(get(SECRET).inputs.data)["ca.crt"]!);
      assert.equal(new X509Certificate(own[0]!).subject, "CN=apps/pg Postgres authority 1");
      assert.equal(own[1], OPERATOR);
      assert.equal(result.given?.mark, undefined);
      assert.equal(await valueOf(result.ca), OPERATOR + own[0]);
    });

    it("leaves a Cluster alone that has no other", async () => {
      const { result, resources } = await make(["operator"], { operator: OPERATOR });
      assert.deepEqual(resources.map(({ id }) => id).sort(), [COMPONENT, MAP]);
      assert.deepEqual([result.given, await valueOf(result.ca)], [undefined, OPERATOR]);
    });

    it("does not know the certificates in a preview that may not read it, and refuses an update", async () => {
      const { get } = await make([1, "operator"], {}, { preview: true });
      assert.notDeepEqual(get(MAP).inputs.data, { "ca.crt": "" });
      await assert.rejects(make([1, "operator"]), /nobody has read it/);
    });
  });
});
