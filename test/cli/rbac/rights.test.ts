import * as assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { select } from "../../../catalog/select";
import { readSubject, render } from "../../../cli/rbac/manifests";
import { neededGrants, type Grant, type Purpose } from "../../../cli/rbac/rights";
import { choicesOf } from "../../../config/choices";
import { validateStack } from "../../../config/validate";
import type { Registration } from "../../support/program";
import { asEngineValues, stackFile, STACKS } from "../../support/stackFiles";
import { wholeProgram } from "../../support/wholeProgram";

const WRITES = ["get", "list", "create", "patch", "update", "delete"];
const NAMESPACE = "ameide-dev";

/** Whether the grants let somebody do that, as Kubernetes judges. */
function may(
  grants: readonly Grant[],
  verb: string,
  [group, plural]: readonly [string, string],
  namespace?: string,
  name?: string,
): boolean {
  const rules = grants.filter((grant) => grant.namespace === namespace || grant.namespace === undefined).flatMap(({ rules: all }) => all);
  return rules.some(
    (rule) =>
      rule.verbs.includes(verb) &&
      rule.apiGroups.includes(group) &&
      rule.resources.includes(plural) &&
      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

/** The group and the plural of an object's kind, with its namespace and name. */
function objectOf({ id, inputs }: Registration): { of: [string, string]; namespace: string | undefined; name: string } {
  const [, api = "", kind = ""] = /^kubernetes:(.*):(\w+)::/.exec(id) ?? [];
  const group = api.includes("/") ? api.split("/")[0]! : "";
  const { namespace, name } = inputs.metadata as { namespace?: string; name: string };
  const plural = `${kind.toLowerCase().replace(/y$/, "ie")}s`;
  return { of: [group === "core" ? "" : group, plural], namespace, name };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly subjects?: readonly object[];
  readonly roleRef?: { readonly name: string };
}

describe("cli/rbac", () => {
  const { up } = wholeProgram();
  const { vault, bundles, gates, services } = stackFile("dev") as Record<string, Record<string, unknown>>;
  const change = {
    ...{ vault: { ...vault, mirror: { mode: "push" } }, bundles: { ...bundles, argocd: {} }, gates },
    ...{ network: "policies", alerts: "prometheusRule", roleApi: "databaseRole", rotation: { strategy: "alternating" } },
    services: {
      ...services,
      platform: {
        namespaces: ["other"],
        workloads: [
          { kind: "Deployment", name: "web" },
          { kind: "StatefulSet", name: "queue", namespace: "other" },
        ],
      },
    },
  };
  const grants = async (purpose: Purpose, changes: object = change): Promise<readonly Grant[]> => {
    const { context: _, ...values } = { ...stackFile("dev"), ...changes } as Record<string, unknown>;
    const result = validateStack(asEngineValues({ ...values, context: "c" }), "dev");
    assert.ok("config" in result, JSON.stringify(result));
    const stack = choicesOf(result.config, "dev");
    const selected = await select(stack);
    assert.ok("services" in selected, JSON.stringify(selected));
    return neededGrants(stack, selected, purpose);
  };

  it("lets an up make, change and remove every object that the program makes, by its name where Kubernetes knows one", async () => {
    const given = await grants("up");
    const objects = (await up("dev", change)).resources.filter(({ id }) => /^kubernetes:/.test(id) && !/Patch::/.test(id)).map(objectOf);
    assert.ok(objects.length > 100, String(objects.length));
    const missing = objects.flatMap(({ of, namespace, name }) =>
      WRITES.flatMap((verb) => (may(given, verb, of, namespace, name) ? [] : [`${verb} ${of.join(".")} ${namespace}/${name}`])),
    );
    assert.deepEqual(missing, []);
  });

  it("lets it write nobody else's Secret", async () => {
    const given = await grants("up");
    for (const namespace of [NAMESPACE, "vault", "argocd", "other"])
      for (const verb of ["get", "patch", "update", "delete"])
        assert.ok(!may(given, verb, ["", "secrets"], namespace, "somebody-elses"), `${verb} ${namespace}`);
    // Other people's namespaces: what External Secrets makes there is looked at, and nothing listed.
    const [argocd] = given.filter(({ namespace }) => namespace === "argocd");
    const secrets = argocd!.rules.filter(({ resources }) => resources.includes("secrets"));
    assert.ok(secrets.length === 1 && secrets[0]!.resourceNames!.length > 0, JSON.stringify(secrets));
    assert.deepEqual(secrets[0]!.verbs, ["get"]);
    assert.ok(
      !given.some(({ rules }) => rules.some(({ verbs, resources, apiGroups }) => [...verbs, ...resources, ...apiGroups].includes("*"))),
    );
  });

  it("lets it restart workloads, and bind the one ClusterRole that Vault needs", async () => {
    const given = await grants("up");
    assert.ok(
      may(given, "patch", ["apps", "deployments"], NAMESPACE, "web") && may(given, "patch", ["apps", "statefulsets"], "other", "queue"),
    );
    assert.ok(!may(given, "patch", ["apps", "deployments"], NAMESPACE, "another"));
    const clusterroles = ["rbac.authorization.k8s.io", "clusterroles"] as const;
    assert.ok(
      may(given, "bind", clusterroles, undefined, "system:auth-delegator") && !may(given, "bind", clusterroles, undefined, "cluster-admin"),
    );
  });

  it("gives dev's bootstrap nothing that the account does not have, as Kubernetes demands", async () => {
    const given = await grants("up");
    const roles = (await up("dev", change)).resources.filter(({ id }) => id.startsWith("kubernetes:rbac.authorization.k8s.io/v1:Role::"));
    assert.ok(roles.length >= 2);
    for (const { inputs } of roles) {
      const { namespace } = inputs.metadata as { namespace: string };
      for (const rule of inputs.rules as { verbs: string[]; resources: string[]; apiGroups: string[]; resourceNames?: string[] }[])
        for (const verb of rule.verbs)
          for (const name of rule.resourceNames ?? [undefined])
            assert.ok(may(given, verb, [rule.apiGroups[0]!, rule.resources[0]!], namespace, name), `${verb} ${rule.resources[0]} ${name}`);
    }
  });

  it("lets a service that is off be turned on, and off again", async () => {
    const { platform: _, ...others } = services!;
    const given = await grants("up", { ...change, services: others });
    for (const verb of WRITES) assert.ok(may(given, verb, ["", "secrets"], NAMESPACE, "platform-db-credentials"), verb);
  });

  for (const purpose of ["preview", "drift"] as const)
    it(`lets a ${purpose} change nothing, and list no Secrets`, async () => {
      const rules = (await grants(purpose)).flatMap((grant) => grant.rules);
      const others = ["get", "list", ...(purpose === "drift" ? ["create"] : [])];
      for (const { verbs, resources } of rules) {
        assert.ok(
          verbs.every((verb) => others.includes(verb)),
          JSON.stringify([resources, verbs]),
        );
        // Of parts of what is there, which change nothing: a port-forward, a token for the mirror's reader.
        if (verbs.includes("create")) assert.ok(["pods/portforward", "serviceaccounts/token"].includes(resources[0]!), resources[0]);
        if (resources.includes("secrets")) assert.deepEqual(verbs, ["get"]);
      }
      const secrets = rules.filter(({ resources }) => resources.includes("secrets"));
      assert.ok(secrets.length > 0 && secrets.every(({ resourceNames = [] }) => resourceNames.length > 0));
    });

  it("lets a drift reach the pods of Vault by their names, and no other pod of that namespace", async () => {
    const vault = (await grants("drift")).filter(({ namespace }) => namespace === "vault").flatMap((grant) => grant.rules);
    for (const resource of ["pods", "pods/portforward"])
      assert.deepEqual(
        vault.filter(({ resources }) => resources.includes(resource)).map(({ resourceNames }) => resourceNames),
        [["vault-0"]],
        resource,
      );
  });

  it("prints manifests that kubectl takes, for whom it is told", async () => {
    const text = render("dev", "preview", await grants("preview"), readSubject("ServiceAccount:ci/preview")!);
    const objects = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
    assert.ok(objects.length > 2 && objects.length % 2 === 0);
    for (const { kind, metadata, subjects, roleRef } of objects) {
      assert.match(kind, /^(Cluster)?Role(Binding)?$/);
      assert.equal(kind.startsWith("Cluster"), metadata.namespace === undefined);
      if (!kind.endsWith("Binding")) continue;
      assert.deepEqual(subjects, [{ kind: "ServiceAccount", name: "preview", namespace: "ci" }]);
      assert.equal(roleRef?.name, "cnpg-credentials-dev-preview");
    }
  });

  it("knows three kinds of subjects", () => {
    assert.deepEqual(readSubject("Group:deployers"), { kind: "Group", name: "deployers" });
    assert.deepEqual(readSubject("User:jane@example.com"), { kind: "User", name: "jane@example.com" });
    for (const text of ["deployers", "Role:x", "ServiceAccount:x", "User:", "User:a b", "ServiceAccount:a/b/c"])
      assert.equal(readSubject(text), undefined, text);
  });

  for (const stack of STACKS)
    it(`is made of Pulumi.${stack}.yaml`, async () => {
      for (const purpose of ["up", "preview", "drift"] as const) {
        const result = validateStack(asEngineValues(stackFile(stack)), stack);
        assert.ok("config" in result);
        const choices = choicesOf(result.config, stack);
        const selected = await select(choices);
        assert.ok("services" in selected, JSON.stringify(selected));
        assert.ok(neededGrants(choices, selected, purpose).every(({ rules }) => rules.length > 0));
      }
    });
});
