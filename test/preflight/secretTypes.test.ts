import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";

const SECRETS = "/api/v1/namespaces/apps/secrets";
const NAME = "agents-db-secret";
const TYPES = ["kubernetes.io/basic-auth", "Opaque", "servicebinding.io/postgresql"];
const question = (type: string) => `GET ${SECRETS}?fieldSelector=${encodeURIComponent(`metadata.name=${NAME},type=${type}`)}`;

describe("preflight/secretTypes", () => {
  describe("asks for the type", () => {
    let server: ApiServer;
    beforeEach(async () => (server = await startApiServer(apiReplies())));
    afterEach(async () => {
      await server.close();
      assert.deepEqual(server.unexpected, []);
    });

    /**
     * Whether a Secret is there, and with which template; which of them it is to have; its type.
     */
    async function asked(live: string | undefined, wanted: string | undefined, type?: string): Promise<ClusterFacts["secretTypes"]> {
      const annotations = { "cnpg-credentials/owner": OWNER, ...(live === undefined ? {} : { "cnpg-credentials/template": live }) };
      server.replies[`GET ${SECRETS}`] = { items: live === "absent" ? [] : [{ metadata: { name: NAME, annotations } }] };
      for (const one of TYPES) server.replies[question(one)] = { items: one === type ? [{ metadata: { name: NAME } }] : [] };
      const request = preflightRequest();
      if (wanted !== undefined) request.services[0]!.template = wanted;
      const { secretTypes } = await gather({ ...request, kubeconfig: kubeconfigFor(server) });
      const count = server.asked.filter(({ question: one }) => one.includes("fieldSelector")).length;
      assert.equal(count, secretTypes === undefined ? 0 : TYPES.length);
      return secretTypes;
    }

    it("of none that is older than the mark and stays so, and of none that is not there", async () => {
      assert.equal(await asked(undefined, undefined), undefined);
      assert.equal(await asked("absent", "servicebinding"), undefined);
    });
    it("of one that gets another template", async () =>
      assert.deepEqual(await asked(undefined, "servicebinding", "kubernetes.io/basic-auth"), { [NAME]: "kubernetes.io/basic-auth" }));
    it("of one that goes back", async () => assert.deepEqual(await asked("rails-env", undefined, "Opaque"), { [NAME]: "Opaque" }));
    it("of one that is none of the program's", async () => assert.deepEqual(await asked("mine", "mine"), { [NAME]: "another type" }));
  });

  describe("judges it", () => {
    const judge = (type: string, change: (request: PreflightRequest["services"][number], facts: ClusterFacts) => void = () => {}) => {
      const [request, facts] = [preflightRequest(), clusterFacts()];
      facts.objects.secrets = [{ name: NAME, owner: OWNER }];
      facts.secretTypes = { [NAME]: type };
      Object.assign(request.services[0]!, { secretType: "servicebinding.io/postgresql" });
      change(request.services[0]!, facts);
      return lines(evaluate(request, facts).problems);
    };
    const other = "name another Secret in the record (`secret.name`)";

    it("is content with the one that it is to have", () => assert.deepEqual(judge("servicebinding.io/postgresql"), []));
    it("refuses another, which would be deleted and made anew, and says how it stays", () =>
      assert.deepEqual(judge("kubernetes.io/basic-auth"), [
        `services.agents.secretType: the Secret \`${NAME}\` has the type kubernetes.io/basic-auth, which Kubernetes cannot change to servicebinding.io/postgresql: it would be deleted and made anew; set it to \`kubernetes.io/basic-auth\`, and the keys change in place; or ${other} and lead its readers there`,
      ]));
    it("does not propose a type that Kubernetes refuses for these keys, nor one that no stack can set", () => {
      const without = judge("kubernetes.io/basic-auth", (service) => void (service.keys = ["DATABASE_URL"]));
      for (const said of [without, judge("another type")])
        assert.match(said[0]!, new RegExp(`made anew; ${other.replace(/[()]/g, "\\$&")}, and lead`));
    });
    it("leaves a Secret that is another state's to the check for that, and an adopted one to the adoption's", () => {
      const foreign = judge(
        "Opaque",
        (_, facts) => void (facts.objects.secrets = [{ name: NAME, owner: "organization/x/y/ffffffffffffffff" }]),
      );
      assert.equal(foreign.filter((one) => one.includes("secretType")).length, 0);
      const adopted = judge("Opaque", (service, facts) => {
        service.adopt = { secret: NAME, key: "password" };
        facts.adoptable = { [NAME]: { type: "servicebinding.io/postgresql", data: { password: "Tr0ub4dor-and-3-more" } } };
      });
      assert.deepEqual(adopted, []);
    });
  });
});
