import assert from "node:assert/strict";
import { select } from "../../catalog/select";
import { neededGrants } from "../../cli/rbac/rights";
import { choicesOf } from "../../config/choices";
import { validateStack } from "../../config/validate";
import { asEngineValues } from "../support/stackFiles";
import { makeAccount } from "./support/accounts";
import type { KubeObject } from "./support/client";
import { externalSecret, marked, secret, workload } from "./support/objects";
import { objectsOf } from "./support/program";
import { OTHER_STATE, Stage, STACK, STATE } from "./support/stage";
import { here, namespace, newNamespace } from "./support/world";

const SECRET = "platform-db-credentials";
const at = (place: string, object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace: place } });

/** A stack with `platform` in these namespaces, too. */
async function open(...namespaces: readonly string[]): Promise<Stage> {
  const stage = await Stage.open();
  stage.settings.services.platform = { namespaces };
  return stage;
}

/** Something in an application's namespace that reads the Secret at its start. */
function reader(place: string): KubeObject {
  const deployment = workload("Deployment", "reader");
  const { spec } = deployment as unknown as { spec: { template: { spec: { containers: object[] } } } };
  const container = { ...spec.template.spec.containers[0], envFrom: [{ secretRef: { name: SECRET } }] };
  const template = { ...spec.template, spec: { ...spec.template.spec, containers: [container] } };
  return at(place, { ...deployment, spec: { ...spec, template } });
}

describe("an application's namespace", () => {
  it("that is missing is refused by name, and made by the command that the refusal has", async () => {
    const stage = await open("not-there");
    await stage.refused({ "Namespace/not-there": "does not exist; kubectl create namespace not-there" });
    await here().api.apply(namespace("not-there"));
    await stage.goesOn();
  });

  it("with a Secret of somebody's is left alone, and taken up where an interrupted run has left it", async () => {
    const place = await newNamespace("web");
    const stage = await open(place);
    const theirs = at(place, secret(SECRET));
    await here().api.apply(theirs);
    await stage.refused({ [`Secret/${SECRET}`]: `exists in ${place} and was not made by this program` });
    await here().api.remove(theirs);
    await here().api.apply(marked(theirs, OTHER_STATE));
    await stage.refused({ [`Secret/${SECRET}`]: `belongs to another state (${OTHER_STATE})` });
    await here().api.remove(theirs);
    await here().api.apply(marked(theirs, STATE));
    await stage.goesOn();
  });

  it("in which an ExternalSecret writes into the Secret is refused", async () => {
    const place = await newNamespace("web");
    const stage = await open(place);
    const theirs = at(place, externalSecret("theirs", SECRET));
    await here().api.apply(theirs);
    await stage.refused({ [`ExternalSecret/${place}/theirs`]: `writes into the Secret ${place}/${SECRET}` });
    await here().api.remove(theirs);
    await stage.goesOn();
  });

  it("takes the Secret, as the API server has it, and nothing else of the stack's", async () => {
    const places = [await newNamespace("web"), await newNamespace("jobs")];
    const stage = await open(...places);
    const objects = await stage.up();
    for (const place of places)
      assert.deepEqual(
        objects.filter(({ metadata }) => metadata.namespace === place).map(({ kind, metadata: { name } }) => `${kind}/${name}`),
        [`Secret/${SECRET}`],
      );
    // And the next run finds its own.
    await stage.goesOn();
  });

  it("that the file leaves out loses the Secret, and what reads it there is named", async () => {
    const [kept, left] = [await newNamespace("web"), await newNamespace("jobs")];
    const stage = await open(kept, left);
    await stage.up();
    await here().api.apply(reader(left));
    stage.settings.services.platform = { namespaces: [kept] };
    const { warnings, made } = await stage.goesOn();
    assert.match(warnings, new RegExp(`leaves out ${left}, and the Secret ${SECRET} there goes; Deployment ${left}/reader reads it`));
    assert.ok(!objectsOf(made).some(({ metadata }) => metadata.namespace === left));
  });

  it("that the file leaves out is refused while the Secret is protected", async () => {
    const place = await newNamespace("web");
    const stage = await open(place);
    stage.settings.services.platform = { namespaces: [place], protection: "protected" };
    await stage.up();
    await here().api.apply(reader(place));
    stage.settings.services.platform = { protection: "none" };
    await stage.refused({
      "services.platform.namespaces": new RegExp(
        `leaves out \`${place}\`.* is protected: Deployment ${place}/reader reads it.*protection: none`,
      ),
    });
    stage.settings.services.platform = { namespaces: [place], protection: "none" };
    await stage.up();
    stage.settings.services.platform = { protection: "none" };
    await stage.goesOn();
  });

  it("takes the rights that `rbac` prints, and no others", async () => {
    const place = await newNamespace("web");
    const stage = await open(place);
    const result = validateStack(asEngineValues(stage.settings), STACK);
    assert.ok("config" in result, JSON.stringify(result));
    const stack = choicesOf(result.config, STACK);
    const selected = await select(stack);
    assert.ok("services" in selected, JSON.stringify(selected));
    const grants = neededGrants(stack, selected, "up");
    const elsewhere = grants.filter((grant) => grant.namespace === place);
    assert.deepEqual([...new Set(elsewhere.flatMap(({ rules }) => rules.flatMap(({ resources }) => resources)))], ["secrets"]);
    const without = grants.filter((grant) => grant.namespace !== place);
    await stage.refused(
      { [`Namespace/${place}`]: "this account may not get, list, create, patch, update, delete secrets" },
      { kubeconfig: await makeAccount(stage.namespace, without) },
    );
    await stage.goesOn({ kubeconfig: await makeAccount(stage.namespace, grants) });
  });
});
