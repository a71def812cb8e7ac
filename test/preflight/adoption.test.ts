import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import type { ClusterFacts, PreflightReport, PreflightRequest } from "../../preflight/types";
import { clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

type Change = (request: PreflightRequest, facts: ClusterFacts) => unknown;

function judge(change: Change): PreflightReport {
  const [request, facts] = [preflightRequest(), clusterFacts()];
  change(request, facts);
  return evaluate(request, facts);
}

const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";
const adopting = (request: PreflightRequest, secret = "old", key = "password", form = "password") =>
  Object.assign(request.services[0] ?? {}, { adopt: { secret, key, form } });
const holding = (facts: ClusterFacts, secret: string, data: Record<string, string>, type = "kubernetes.io/basic-auth") =>
  (facts.adoptable[secret] = { type, data });

describe("preflight/adoption", () => {
  const tell = telling("preflight", "what is in the way of an adoption");
  const rejected: [string, Change, ...Told[]][] = [
    [
      "from a Secret of another state",
      (request, facts) => {
        adopting(request, "agents-db-secret");
        holding(facts, "agents-db-secret", { password: "hunter2" });
        facts.objects.secrets = [{ name: "agents-db-secret", owner: FOREIGN }];
      },
      ["Namespace/apps", `Secret/agents-db-secret belongs to another state (${FOREIGN})`],
    ],
    ["from a Secret that is not there", (request) => adopting(request), ["services.agents.adopt", "the Secret `old` does not exist"]],
    [
      "from a key that is not there",
      (request, facts) => {
        adopting(request, "old", "PGPASSWORD");
        holding(facts, "old", { password: "hunter2" });
      },
      ["services.agents.adopt", "the Secret `old` has no key `PGPASSWORD`"],
    ],
    [
      "of what is no password",
      (request, facts) => {
        adopting(request);
        holding(facts, "old", { password: `md5${"0".repeat(32)}` });
      },
      ["services.agents.adopt", "the value of `password` in the Secret `old` is a hash", "have a password generated"],
    ],
    [
      "of a whole URI, which has one in it",
      (request, facts) => {
        adopting(request, "old", "DATABASE_URL");
        holding(facts, "old", { DATABASE_URL: "postgresql://agents:hunter2@db/agents" });
      },
      ["services.agents.adopt", "the value of `DATABASE_URL` in the Secret `old` is a whole connection URI", "form: uri"],
    ],
    [
      "in place, from a Secret of another type",
      (request, facts) => {
        adopting(request, "agents-db-secret");
        holding(facts, "agents-db-secret", { password: "hunter2" }, "Opaque");
        facts.objects.secrets = [{ name: "agents-db-secret" }];
      },
      ["services.agents.secretType", "has the type Opaque", "set it to `Opaque`"],
    ],
    [
      "in place, from a Secret of a type that no stack can set",
      (request, facts) => {
        adopting(request, "agents-db-secret");
        holding(facts, "agents-db-secret", { password: "hunter2" }, "kubernetes.io/tls");
        facts.objects.secrets = [{ name: "agents-db-secret" }];
      },
      ["services.agents.secretType", "has the type kubernetes.io/tls", "adopt that"],
    ],
    [
      "of nothing, when the source is gone and the role's Secret is another state's",
      (request, facts) => {
        adopting(request);
        holding(facts, "agents-db-role", { password: "theirs" });
        facts.objects.secrets = [{ name: "agents-db-role", owner: FOREIGN }];
      },
      ["Namespace/apps", `Secret/agents-db-role belongs to another state (${FOREIGN})`],
      ["services.agents.adopt", "the Secret `old` does not exist"],
    ],
  ];
  for (const [what, change, ...expected] of rejected)
    it(`refuses an adoption ${what}`, () => tell(lines(judge(change).problems), expected));

  const taken: [string, Change, string][] = [
    [
      "takes the password from another Secret",
      (request, facts) => {
        adopting(request, "old", "PGPASSWORD");
        holding(facts, "old", { PGPASSWORD: "hunter 2" }, "Opaque");
      },
      "hunter 2",
    ],
    [
      "takes the password in a URI",
      (request, facts) => {
        adopting(request, "old", "DATABASE_URL", "uri");
        holding(facts, "old", { DATABASE_URL: "postgresql://agents:hunter%2F2@db/agents?sslmode=require" }, "Opaque");
      },
      "hunter/2",
    ],
    [
      "keeps the password that the service has once the URI is gone",
      (request, facts) => {
        adopting(request, "old", "DATABASE_URL", "uri");
        holding(facts, "agents-db-role", { password: "current" });
        facts.objects.secrets = [{ name: "agents-db-role", owner: OWNER }];
      },
      "current",
    ],
    [
      "takes the password of the Secret that it goes on to write",
      (request, facts) => {
        adopting(request, "agents-db-secret");
        holding(facts, "agents-db-secret", { password: "hunter2" });
        facts.objects.secrets = [{ name: "agents-db-secret" }];
      },
      "hunter2",
    ],
    [
      "keeps the password that the service has once the source is gone",
      (request, facts) => {
        adopting(request);
        holding(facts, "agents-db-role", { password: "current" });
        facts.objects.secrets = [{ name: "agents-db-role", owner: OWNER }];
      },
      "current",
    ],
    [
      "keeps the password of the login in use, not the owner's",
      (request, facts) => {
        adopting(request);
        holding(facts, "agents-db-role", { password: "the owner's" });
        holding(facts, "agents-db-role-b", { password: "b's" });
        facts.objects.secrets = [
          { name: "agents-db-secret", owner: OWNER, login: "agents_b" },
          { name: "agents-db-role", owner: OWNER },
          { name: "agents-db-role-b", owner: OWNER },
        ];
      },
      "b's",
    ],
    [
      "takes over another state's service with its password",
      (request, facts) => {
        request.takeOver = FOREIGN;
        adopting(request, "agents-db-role");
        holding(facts, "agents-db-role", { password: "hunter2" });
        facts.objects = {
          secrets: [
            { name: "agents-db-secret", owner: FOREIGN },
            { name: "agents-db-role", owner: FOREIGN },
          ],
          jobs: [],
          clusters: [{ name: "pg", owner: FOREIGN }],
          databases: [{ name: "agents", owner: FOREIGN }],
        };
      },
      "hunter2",
    ],
  ];
  for (const [what, change, expected] of taken)
    it(what, () => {
      const { problems, notes, adopted } = judge(change);
      assert.deepEqual([problems, adopted], [[], { agents: expected }]);
      tell(notes, [["services.agents.adopt", "shorter than 16 characters", "rotate it"]]);
    });

  it("says nothing of a password that nobody guesses", () => {
    const { notes } = judge((request, facts) => {
      adopting(request);
      holding(facts, "old", { password: "correct horse battery staple" });
    });
    assert.deepEqual(notes, []);
  });

  it("takes over no proof of another state's, which cannot be changed", () => {
    const { problems } = judge((request, facts) => {
      request.takeOver = FOREIGN;
      facts.objects.jobs = [{ name: "agents-db-proof", owner: FOREIGN }];
    });
    tell(lines(problems), [["Namespace/apps", "1 Job", "cannot be changed", "kubectl -n apps delete jobs agents-db-proof: "]]);
  });

  it("needs no source when the state has the password", () => {
    const { problems, adopted } = judge((request, facts) => {
      adopting(request);
      facts.objects.databases = [{ name: "agents", owner: OWNER }];
    });
    assert.deepEqual([problems, adopted], [[], {}]);
  });

  it("refuses to take a service over with another password than that of the login in use", () => {
    const { problems } = judge((request, facts) => {
      request.takeOver = FOREIGN;
      adopting(request);
      holding(facts, "old", { password: "hunter2" });
      facts.objects.secrets = [
        { name: "agents-db-secret", owner: FOREIGN, login: "agents_b" },
        { name: "agents-db-role-b", owner: FOREIGN },
      ];
    });
    tell(lines(problems), [["services.agents.adopt", "taking over `agents-db-role-b`", "adopt.secret` to agents-db-role-b"]]);
  });

  const takeOvers: [string, string, object[]][] = [
    ["the owner's", "agents-db-role", []],
    ["that of the login in use", "agents-db-role-a", [{ name: "agents-db-secret", owner: FOREIGN, login: "agents_a" }]],
  ];
  for (const [what, name, more] of takeOvers)
    it(`refuses to take a service over without its password: ${what}`, () => {
      const { problems } = judge((request, facts) => {
        request.takeOver = FOREIGN;
        facts.objects.secrets = [...(more as { name: string }[]), { name, owner: FOREIGN }];
      });
      tell(lines(problems), [["services.agents.adopt", `taking over \`${name}\``, `adopt.secret\` to ${name}`]]);
    });
});
