import * as assert from "node:assert/strict";
import { NEWEST_POSTGRES, olderPostgres, pinningOf } from "../../../config/images";
import { pinnedImages as rule } from "../../../policy/rules/pinnedImages";
import { finding, judge, object, UNKNOWN, type Told } from "../../support/policy";

const SHA = `@sha256:${"0a".repeat(32)}`;
const CLUSTER = "postgresql.cnpg.io/v1:Cluster";
const cluster = (imageName: unknown, options = {}) => object(CLUSTER, "postgres", { spec: { imageName } }, options);
const job = (image: unknown, more: object = {}, options = {}) =>
  object("batch/v1:Job", "mine", { spec: { template: { spec: { containers: [{ name: "main", image }], ...more } } } }, options);
const told = (what: string, where = "spec.template.spec.containers.main.image", subject = "Job ameide-prod/mine"): Told => [
  `${subject}, ${where}`,
  what,
];

describe("policy/rules/pinnedImages", () => {
  const finds = finding(rule);

  it("has nothing against releases, digests, images of the node, and what is not known yet", () => {
    const images = [
      "node:22.23.3-slim",
      "registry.example:5000/vault:v2.2.2",
      `vault${SHA}`,
      `a/b:latest${SHA}`,
      "localhost/node:22",
      UNKNOWN,
    ];
    assert.deepEqual(
      judge(rule, [...images.map((image) => job(image)), cluster("pg/postgresql:17.12-standard-bookworm"), cluster(undefined)]),
      [],
    );
  });

  for (const image of ["node", "node:22-slim", "node:latest", "registry.example:5000/node", "node:17@sha256:short", "node@sha512:17.12"])
    it(`finds ${image}, which moves`, () => finds([job(image)], [told(`\`${image}\` is another image tomorrow`)]));

  it("finds it in init containers, volumes, templates of a Pooler, and the Cluster", () => {
    const floating = "pg:17";
    const init = job("node:22.23.3", { initContainers: [{ name: "first", image: floating }] });
    const volume = job("node:22.23.3", { volumes: [{ name: "data", image: { reference: floating } }] });
    const pooler = object("postgresql.cnpg.io/v1:Pooler", "rw", {
      spec: { template: { spec: { containers: [{ name: "pgbouncer", image: floating }] } } },
    });
    const moves = `\`${floating}\` is another image tomorrow`;
    finds([init], [told(moves, "spec.template.spec.initContainers.first.image")]);
    finds([volume], [told(moves, "spec.template.spec.volumes.data.image.reference")]);
    finds([pooler], [told(moves, "spec.template.spec.containers.pgbouncer.image", "Pooler ameide-prod/rw")]);
    finds([cluster(floating)], [told(moves, "spec.imageName", "Cluster ameide-prod/postgres")]);
  });

  it("finds it in the extensions of the Cluster, whose libraries Postgres loads", () => {
    const spec = { imageName: "pg:17.12", postgresql: { extensions: [{ name: "vector", image: { reference: "vector:latest" } }] } };
    finds(
      [object(CLUSTER, "postgres", { spec })],
      [
        told(
          "`vector:latest` is another image tomorrow",
          "spec.postgresql.extensions.vector.image.reference",
          "Cluster ameide-prod/postgres",
        ),
      ],
    );
  });

  it("finds a catalog in the place of an image where digests are wanted, as others may write it", () => {
    const ofCatalog = (stack: string) =>
      object(CLUSTER, "postgres", { spec: { imageCatalogRef: { kind: "ImageCatalog", name: "x", major: 17 } } }, { stack });
    finds(
      [ofCatalog("prod")],
      [told("takes its image from a catalog, which others may write", "spec.imageCatalogRef", "Cluster ameide-prod/postgres")],
      { digestStacks: ["prod"] },
    );
    assert.deepEqual(judge(rule, [ofCatalog("staging")], { digestStacks: ["prod"] }), []);
  });

  it("wants digests in the stacks that the settings name, and in no other", () => {
    const settings = { digestStacks: ["prod"] };
    finds([job("node:22.23.3")], [told("is whatever its registry has under that tag, and prod wants digests")], settings);
    assert.deepEqual(judge(rule, [job(`node:22.23.3${SHA}`), job("node:22.23.3", {}, { stack: "staging" })], settings), []);
  });

  it("finds a Postgres that is older than the newest known of its major release, by digest, too", () => {
    for (const image of ["pg:17.6-standard-bookworm", `pg:17.6${SHA}`])
      finds([cluster(image)], [told("is Postgres 17.6, and 17.12 has fixed faults", "spec.imageName", "Cluster ameide-prod/postgres")]);
    for (const [image, found] of [
      ["pg:13.22", "13.22"],
      ["pg:9.6.24", "9.6"],
      ["pg:v17.6", "17.6"],
    ])
      finds([cluster(image)], [told(`is Postgres ${found}, and`, "spec.imageName", "Cluster ameide-prod/postgres")]);
    // Another program's numbers are no release of Postgres.
    assert.deepEqual(judge(rule, [job("other:17.6")]), []);
  });

  it("finds a Vault of a line that gets no fixes, and none that is another program's or an enterprise's", () => {
    for (const image of ["docker.io/hashicorp/vault:1.21.2", "registry.example:5000/vault:v1.15.6-rc1", `vault:1.20.0${SHA}`])
      finds([job(image)], [told("gets no fixes any more")]);
    for (const image of [
      "hashicorp/vault:2.2.2",
      "vault-agent:1.2.3",
      "hashicorp/vault-enterprise:1.21.2-ent",
      "hashicorp/vault:1.21.2-ent",
    ])
      assert.deepEqual(judge(rule, [job(image)]), [], image);
  });
});

describe("config/images", () => {
  it("knows a newest minor of each major release that CloudNativePG runs", () => {
    assert.deepEqual(Object.keys(NEWEST_POSTGRES), ["14", "15", "16", "17", "18"]);
    for (const [major, minor] of Object.entries(NEWEST_POSTGRES)) {
      assert.equal(olderPostgres(`pg:${major}.${minor}`), undefined);
      assert.deepEqual(olderPostgres(`pg:${major}.${minor - 1}-x`), { found: `${major}.${minor - 1}`, newest: `${major}.${minor}` });
    }
    for (const image of ["pg:99.0", "pg:17", "pg", "pg:latest", `pg${SHA}`]) assert.equal(olderPostgres(image), undefined);
    assert.equal(pinningOf("host:5000/pg"), "floating");
  });
});
