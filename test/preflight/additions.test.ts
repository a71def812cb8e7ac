import * as assert from "node:assert/strict";
import { authorityConfigMap } from "../../catalog/authorities";
import { additionsOf } from "../../preflight/managedFields";
import { fieldText, withoutFields } from "../../preflight/podFields";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import type { Additions, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type Reply } from "../support/apiServer";
import { apiReplies, clusterFacts, OWNER, preflightRequest } from "../support/cluster";

const SECRETS = "/api/v1/namespaces/apps/secrets";
const fields = (...names: string[]) => Object.fromEntries([[".", {}], ...names.map((name) => [`f:${name}`, {}])]) as object;
const ours = {
  manager: "pulumi-kubernetes-0f1e2d3c",
  operation: "Apply",
  fieldsV1: { "f:data": fields("username", "password", "former"), "f:metadata": { "f:annotations": fields("cnpg-credentials/owner") } },
};
const theirs = (fieldsV1: object, manager = "kubectl-patch", operation = "Update") => ({ manager, operation, fieldsV1 }) as typeof ours;
const adds = (...keys: string[]) => theirs({ "f:data": fields(...keys) });

describe("preflight/additions", () => {
  describe("reads who has put what there", () => {
    const cases: [what: string, metadata: Parameters<typeof additionsOf>[0], expected: Additions | undefined][] = [
      ["nothing of what the provider has applied", { managedFields: [ours] }, undefined],
      ["each key that somebody else has written, once", { managedFields: [ours, adds("b", "a"), adds("a")] }, { keys: ["a", "b"] }],
      [
        "what was applied as `stringData`",
        { managedFields: [theirs({ "f:stringData": fields("x") }, "kubectl", "Apply")] },
        { keys: ["x"] },
      ],
      [
        "what somebody applies by the provider's name",
        { managedFields: [theirs({ "f:data": fields("x") }, "pulumi-kubernetes-ffffffff", "Apply")] },
        { keys: ["x"] },
      ],
      [
        "what is written, not applied, with our mark",
        { managedFields: [{ ...ours, operation: "Update" }] },
        { keys: ["former", "password", "username"] },
      ],
      ["immutability", { managedFields: [theirs({ "f:immutable": {} })] }, { immutable: true }],
      [
        "owners, but for what External Secrets has, and finalizers",
        {
          ownerReferences: [
            { kind: "ConfigMap", name: "x" },
            { kind: "ExternalSecret", name: "y" },
          ],
          finalizers: ["example.com/stay"],
        },
        { owners: ["ConfigMap/x"], finalizers: ["example.com/stay"] },
      ],
    ];
    for (const [what, metadata, expected] of cases) it(what, () => assert.deepEqual(additionsOf(metadata), expected));

    const item = (key: object, below: object = {}) => ({ [`k:${JSON.stringify(key)}`]: { ".": {}, ...below } });
    const podOf = (spec: object, inCronJob = false) => {
      const template = { "f:template": { "f:metadata": { "f:annotations": fields("restarted-at") }, "f:spec": spec } };
      return { "f:spec": inCronJob ? { "f:jobTemplate": { "f:spec": template } } : { ...template, "f:replicas": {} } };
    };
    const main = (more: object = {}) => ({ "f:containers": item({ name: "main" }, { "f:name": {}, "f:image": {}, ...more }) });
    const applied = (inCronJob: boolean) => ({
      ...ours,
      fieldsV1: {
        "f:metadata": ours.fieldsV1["f:metadata"],
        ...podOf({ ...main({ "f:env": item({ name: "A" }) }), "f:volumes": {} }, inCronJob),
      },
    });
    const added: [what: string, spec: object, expected: string[]][] = [
      ["a container", { "f:containers": item({ name: "evil" }, { "f:image": {} }) }, ["containers[evil]"]],
      ["one that begins first", { "f:initContainers": item({ name: "evil" }) }, ["initContainers"]],
      [
        "a variable",
        main({ "f:env": { ...item({ name: "LD_PRELOAD" }), ...item({ name: "A" }, { "f:value": {} }) } }),
        ["containers[main].env[LD_PRELOAD]", "containers[main].env[A].value"],
      ],
      [
        "what a container runs",
        main({ "f:lifecycle": {}, "f:command": {}, "f:envFrom": {} }),
        ["containers[main].lifecycle", "containers[main].command", "containers[main].envFrom"],
      ],
      [
        "a file",
        { "f:volumes": item({ name: "x" }), ...main({ "f:volumeMounts": item({ mountPath: "/gate" }) }) },
        ["volumes[x]", "containers[main].volumeMounts"],
      ],
      [
        "where names lead, and the node's namespaces",
        { "f:hostAliases": item({ ip: "10.0.0.1" }), "f:hostNetwork": {} },
        ["hostAliases", "hostNetwork"],
      ],
      [
        "nothing of where pods run, and of what they may use",
        { "f:nodeSelector": {}, "f:tolerations": {}, ...main({ "f:resources": {} }) },
        [],
      ],
      ["nothing that is ours, too", main(), []],
    ];
    for (const inCronJob of [false, true])
      for (const [what, spec, expected] of added)
        it(`in the pods of a ${inCronJob ? "CronJob" : "StatefulSet"}: ${what}`, () => {
          const { podFields = [] } = additionsOf({ managedFields: [applied(inCronJob), theirs(podOf(spec, inCronJob))] }) ?? {};
          assert.deepEqual(podFields.map(fieldText), expected);
        });

    it("in pods, but for what a webhook or the scaler has changed", () => {
      const more = podOf({ "f:containers": item({ name: "sidecar" }) });
      for (const entry of [theirs(more, ours.manager), { ...theirs(more), subresource: "scale" }])
        assert.equal(additionsOf({ managedFields: [applied(false), entry] }), undefined);
    });

    it("in pods, and what takes it away", () => {
      const { podFields = [] } =
        additionsOf({
          managedFields: [
            applied(false),
            theirs(
              podOf({
                "f:hostNetwork": {},
                "f:containers": {
                  ...main({ "f:env": { ...item({ name: "A" }), ...item({ name: "B" }) } })["f:containers"],
                  ...item({ name: "evil" }),
                },
              }),
            ),
          ],
        }) ?? {};
      assert.deepEqual(withoutFields(podFields), {
        spec: {
          template: {
            spec: {
              hostNetwork: null,
              containers: [
                { name: "main", env: [{ name: "B", $patch: "delete" }] },
                { name: "evil", $patch: "delete" },
              ],
            },
          },
        },
      });
    });
  });

  describe("refuses what an `up` would leave", () => {
    const refused = (
      added: Additions,
      change: (request: PreflightRequest) => void = () => undefined,
      owner: string | undefined = OWNER,
    ) => {
      const [request, facts] = [preflightRequest(), clusterFacts()];
      facts.objects.secrets = [{ name: "agents-db-secret", ...(owner === undefined ? {} : { owner }), added }];
      change(request);
      return evaluate(request, facts).problems.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
    };
    const cases: [what: string, added: Additions, message: RegExp, remedy: string][] = [
      [
        "keys, with what removes them",
        { keys: ["LD_PRELOAD", "NODE_OPTIONS"] },
        /`LD_PRELOAD`, `NODE_OPTIONS`/,
        `kubectl patch -n apps secret agents-db-secret --type=json -p '[{"op":"remove","path":"/data/LD_PRELOAD"},{"op":"remove","path":"/data/NODE_OPTIONS"}]'`,
      ],
      ["immutability", { immutable: true }, /is immutable/, "kubectl delete -n apps secret agents-db-secret, then"],
      ["an owner", { owners: ["ConfigMap/x"] }, /belongs to ConfigMap\/x/, `-p '[{"op":"remove","path":"/metadata/ownerReferences"}]'`],
      ["a finalizer", { finalizers: ["a/b"] }, /finalizer a\/b/, `-p '[{"op":"remove","path":"/metadata/finalizers"}]'`],
    ];
    for (const [what, added, message, remedy] of cases)
      it(what, () => {
        const [problem, ...more] = refused(added);
        assert.deepEqual(more, []);
        assert.match(problem!, /^Secret\/agents-db-secret: /);
        assert.match(problem!, message);
        assert.ok(problem!.includes(remedy), problem);
      });

    it("of a Secret that is adopted, too, which nobody has marked yet", () => {
      const adopting = (request: PreflightRequest) =>
        void Object.assign(request.services[0]!, { adopt: { secret: "agents-db-secret", key: "password" } });
      assert.match(refused({ owners: ["SealedSecret/x"] }, adopting, undefined).join("\n"), /belongs to SealedSecret\/x/);
    });

    it("and leaves alone what a ConfigMap has: a state that was lost has written it, and the next one goes on with it", () => {
      const [request, facts] = [preflightRequest(), clusterFacts()];
      facts.objects.configmaps = [{ name: authorityConfigMap(request.cluster.name), owner: OWNER, added: { keys: ["ca.crt"] } }];
      assert.deepEqual(evaluate(request, facts).problems, []);
    });

    it("and leaves an owner alone of what is not ours, which is refused as that", () => {
      const [problem, ...more] = refused({ owners: ["Deployment/x"] }, undefined, "organization/cnpg-credentials/other/ffffffffffffffff");
      assert.deepEqual(more, []);
      assert.match(problem!, /belongs to another state/);
    });
  });

  describe("asks for no Secret", () => {
    const live = (managedFields: unknown[], name = "agents-db-secret") => ({
      metadata: { name, annotations: { "cnpg-credentials/owner": OWNER }, managedFields },
    });
    async function added(items: object[], secret: Reply, change: (request: PreflightRequest) => void = () => undefined) {
      const server = await startApiServer(apiReplies());
      try {
        server.replies[`GET ${SECRETS}`] = { items };
        server.replies[`GET ${SECRETS}/agents-db-secret`] = secret;
        server.replies[`GET ${SECRETS}/agents-db-role`] = 404;
        // Whose it is, is known only when the engine has said so, which is asked at the same time.
        const { owner: _, ...unmarked } = preflightRequest();
        const request = { ...unmarked, kubeconfig: kubeconfigFor(server) };
        change(request);
        const { objects } = await gather(request);
        const read = server.asked.filter(({ question }) => question.startsWith(`GET ${SECRETS}/`)).length;
        return [objects.secrets?.[0]?.added, read];
      } finally {
        await server.close();
      }
    }

    it("where nobody has written a key that is not ours", async () => {
      assert.deepEqual(await added([live([ours, adds("password", "uri")])], 403), [undefined, 0]);
      assert.deepEqual(await added([live([adds("x")], "theirs")], 403), [undefined, 0]);
    });

    it("but for what a record does not tell: whether the key is still there, and whether it is true", async () => {
      const records = [ours, adds("LD_PRELOAD", "gone"), theirs({ "f:immutable": {} })];
      const both = { data: { password: "cA==", LD_PRELOAD: "eA==" }, immutable: true };
      assert.deepEqual(await added([live(records)], both), [{ keys: ["LD_PRELOAD"], immutable: true }, 1]);
      assert.deepEqual(await added([live(records)], { data: { password: "cA==" }, immutable: false }), [undefined, 1]);
      assert.deepEqual(await added([live(records)], 403), [{ keys: ["LD_PRELOAD", "gone"], immutable: true }, 1]);
    });

    it("and takes keys of a Secret that is adopted for those of an unfinished migration", async () => {
      const adopting = (request: PreflightRequest) =>
        void Object.assign(request.services[0]!, { adopt: { secret: "agents-db-secret", key: "password" }, roleSecrets: {} });
      const [found] = await added([live([ours, adds("legacy")])], { data: {} }, adopting);
      assert.equal(found, undefined);
    });
  });
});
