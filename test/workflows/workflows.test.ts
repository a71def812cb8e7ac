import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import packageJson from "../../package.json";
import { markerOf } from "../../cli/review/render";
import { STACKS } from "../support/stackFiles";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const DIRECTORY = path.join(__dirname, "../../.github/workflows");
const FILES = fs.readdirSync(DIRECTORY);
const textOf = (file: string) => fs.readFileSync(path.join(DIRECTORY, file), "utf8");
const read = (file: string) => parse(textOf(file)) as Workflow;
const PULL_REQUEST = read("pull-request.yml");
/** What keeps a fork's code from a job. */
const OF_THIS_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository && ";

describe("workflows", () => {
  for (const file of FILES)
    describe(file, () => {
      const workflow = read(file);
      const jobs = Object.entries(workflow.jobs);
      const steps = jobs.flatMap(([, job]) => job.steps);

      it("pins every action by its commit, with its version beside it", () => {
        const uses = textOf(file).match(/^ *(?:- )?uses:.*$/gm) ?? [];
        assert.equal(uses.length, steps.filter((step) => step.uses !== undefined).length);
        for (const line of uses) assert.match(line, /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){1,2}$/);
      });

      it("is never started with what the repository has by somebody else's code", () => {
        assert.deepEqual(
          Object.keys(workflow.on).filter((event) => event !== "pull_request" && event !== "push"),
          [],
        );
      });

      it("has no rights but those that a job takes, and ends", () => {
        assert.deepEqual(workflow.permissions, {});
        assert.ok(workflow.concurrency);
        for (const [name, job] of jobs) {
          assert.ok(job.permissions !== undefined, name);
          assert.ok(job["timeout-minutes"]! <= 90, name);
        }
      });

      it("leaves no token behind for the code that it runs", () => {
        for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
          assert.deepEqual(step.with, { "persist-credentials": false });
      });

      it("puts nothing that somebody has written into a script", () => {
        for (const { run = "", with: given } of steps) assert.doesNotMatch(`${run}${String(given?.script ?? "")}`, /\$\{\{/);
      });

      it("calls scripts that there are", () => {
        const called = steps.flatMap(({ run = "" }) => [...run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script]) => script!));
        assert.ok(called.length > 0);
        for (const script of called) assert.ok(script in packageJson.scripts, script);
      });
    });

  describe("pull requests", () => {
    const { jobs } = PULL_REQUEST;

    it("gives each job exactly these rights", () => {
      assert.deepEqual(Object.fromEntries(Object.entries(jobs).map(([name, { permissions }]) => [name, permissions])), {
        checks: { contents: "read" },
        previews: { contents: "read", "id-token": "write" },
        "previews-skipped": {},
        comment: { "pull-requests": "write" },
        approval: {},
        verdict: {},
      });
    });

    it("gives no identity to a fork, and says that it was not given", () => {
      for (const [name, job] of Object.entries(jobs))
        if (job.permissions?.["id-token"]) assert.ok(job.if?.startsWith(OF_THIS_REPOSITORY), name);
      const [fork, unset] = [/full_name != github\.repository/, /vars\.AZURE_TENANT_ID == ''/];
      assert.match(jobs["previews-skipped"]!.if!, fork);
      assert.match(jobs["previews-skipped"]!.if!, unset);
      assert.match(jobs["previews-skipped"]!.steps[0]!.run!, /::warning .*GITHUB_STEP_SUMMARY/s);
    });

    it("runs nothing of the pull request where it may write", () => {
      const { steps } = jobs.comment!;
      assert.ok(steps.every(({ run, uses }) => run === undefined && !uses?.startsWith("actions/checkout@")));
    });

    it("previews every stack with an environment of its own, and has a comment for each", () => {
      assert.deepEqual(jobs.previews!.strategy!.matrix.stack, [...STACKS]);
      assert.equal(jobs.previews!.environment, "preview-${{ matrix.stack }}");
      const script = String(jobs.comment!.steps.at(-1)!.with!.script);
      assert.ok(script.includes(`of ${JSON.stringify([...STACKS]).replaceAll(",", ", ")}`), script);
      assert.ok(script.includes(markerOf("${stack}")));
    });

    it("fails when anything else does", () => {
      const { needs, if: always } = jobs.verdict!;
      assert.deepEqual(needs, ["checks", "previews", "comment", "approval"]);
      assert.equal(always, "always()");
    });

    it("has people approve of what is destroyed", () => {
      assert.equal(jobs.approval!.environment, "destructive-changes");
      assert.equal(jobs.approval!.if, "needs.comment.outputs.destructive == 'true'");
    });
  });
});
