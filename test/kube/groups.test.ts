import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  apiPath,
  ARGO_CD,
  CNPG,
  EXTERNAL_SECRETS,
  kubectlKind,
  objectsPath,
  PROMETHEUS,
  pulumiType,
  PUSH_SECRETS,
  VAULT_SECRETS,
} from "../../kube/kinds/groups";
import { productFiles } from "../support/floorPlan";
import { textsIn } from "../support/texts";

const ROOT = path.join(__dirname, "../..");
const HOME = "kube/kinds/groups.ts";
/** The room below, which knows nothing of kinds and fills in a reference as the operator does. */
const BELOW = "config/passedThrough.ts";
// A group as a word of its own: `argocd.argoproj.io/sync-options` is an annotation's,
// and `charts.…` is a site's.
const GROUPS = [CNPG, EXTERNAL_SECRETS, PROMETHEUS, VAULT_SECRETS, ARGO_CD].map(({ group }) => group);
const SPELLED = new RegExp(`(?<!argocd\\.|charts\\.)(${GROUPS.map((group) => group.replaceAll(".", "\\.")).join("|")})`);

describe("kube/kinds/groups", () => {
  it("is the only place in the program that spells an operator's API group", () => {
    const spelling = productFiles(ROOT).filter((file) =>
      textsIn(fs.readFileSync(path.join(ROOT, file), "utf8")).some((text) => SPELLED.test(text)),
    );
    assert.deepEqual(spelling, [BELOW, HOME]);
  });

  it("says where the API server, kubectl and the engine have a kind", () => {
    assert.equal(apiPath(PUSH_SECRETS), "/apis/external-secrets.io/v1alpha1");
    assert.equal(objectsPath(CNPG, "apps", "clusters"), "/apis/postgresql.cnpg.io/v1/namespaces/apps/clusters");
    assert.equal(objectsPath(CNPG, "apps", "clusters", "pg"), "/apis/postgresql.cnpg.io/v1/namespaces/apps/clusters/pg");
    assert.equal(kubectlKind("pushsecrets", PUSH_SECRETS), "pushsecrets.external-secrets.io");
    assert.equal(pulumiType(CNPG, "Cluster"), "kubernetes:postgresql.cnpg.io/v1:Cluster");
  });
});
