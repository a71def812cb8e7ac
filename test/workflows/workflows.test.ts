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
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
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
          assert.equal(step.with?.["persist-credentials"], false);
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
        toolchain: { contents: "read" },
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
      assert.deepEqual(needs, ["checks", "toolchain", "previews", "comment", "approval"]);
      assert.equal(always, "always()");
    });

    it("takes nothing from the network that has no checksum, and lets no package run a script, where there is an identity to be had", () => {
      const { previews, toolchain } = jobs;
      const scripts = (job: Job) => job.steps.flatMap(({ run }) => run ?? []);
      assert.deepEqual(previews!.needs, "toolchain");
      assert.equal(previews!.env!.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION, "true");
      assert.ok(!("id-token" in toolchain!.permissions!) && toolchain!.environment === undefined);
      assert.ok(scripts(toolchain!).some((run) => run.startsWith(".github/toolchain/fetch.sh ")));
      assert.ok(scripts(previews!).some((run) => run.includes("base/.github/toolchain/fetch.sh --unpack ")));
      for (const job of [previews!, toolchain!])
        for (const run of scripts(job)) {
          assert.doesNotMatch(run, /\bcurl\b|\bwget\b|\bnpx\b|plugin install|npm (install|i|exec)\b/);
          for (const [line] of run.matchAll(/npm ci.*/g)) assert.match(line, /^npm ci --ignore-scripts /);
        }
      // Everything is there before the job asks for who it is.
      const at = (what: string) => previews!.steps.findIndex(({ uses, run }) => `${uses ?? ""}${run ?? ""}`.includes(what));
      assert.ok(at("npm ci") >= 0 && at("npm ci") < at("azure/login@") && at("fetch.sh") < at("azure/login@"));
    });

    it("runs under the Node that the lock file has, and no other", () => {
      const { node: version } = packageJson.devDependencies;
      for (const file of FILES)
        for (const job of Object.values(read(file).jobs))
          for (const { with: given } of job.steps.filter(({ uses }) => uses?.startsWith("actions/setup-node@")))
            assert.equal(given!["node-version"], version, file);
    });

    it("has a change judged by the branch that it is to be merged into: its policy pack, its reviewer, its checksums", () => {
      const checkouts = jobs.previews!.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")).map(({ with: given }) => given!);
      assert.deepEqual(
        checkouts.map(({ path: place, ref }) => [place, ref]),
        [
          ["change", undefined],
          ["base", "${{ github.event.pull_request.base.sha }}"],
        ],
      );
      const runs = jobs.previews!.steps.flatMap(({ run }) => run ?? []);
      const preview = runs.find((run) => run.includes("pulumi preview"))!;
      assert.match(preview, /\(cd change && pulumi preview .* --policy-pack \.\.\/base\/policy /);
      const review = runs.find((run) => run.includes("npm run"))!;
      assert.match(review, /\(cd base && npm run --silent review -- .* --from /);
      assert.ok(!runs.some((run) => /cd change && npm run/.test(run)));
    });

    it("takes each stack's review from that stack's job alone", () => {
      const downloads = jobs
        .comment!.steps.filter(({ uses }) => uses?.startsWith("actions/download-artifact@"))
        .map(({ with: given }) => given);
      assert.deepEqual(
        downloads,
        STACKS.map((stack) => ({ name: `review-${stack}`, path: `reviews/${stack}` })),
      );
      for (const file of FILES) assert.doesNotMatch(textOf(file), /merge-multiple|overwrite:/);
    });

    it("has owners for what judges a change, and for what is in use", () => {
      const owned = fs
        .readFileSync(path.join(DIRECTORY, "../CODEOWNERS"), "utf8")
        .split("\n")
        .flatMap((line) => (/^(\/\S+) +@\S+$/.exec(line) ?? []).slice(1));
      for (const place of ["/.github/", "/policy/", "/cli/review/", "/package-lock.json", "/Pulumi.staging.yaml", "/Pulumi.prod.yaml"])
        assert.ok(owned.includes(place), place);
      for (const place of owned) assert.ok(fs.existsSync(path.join(DIRECTORY, "../..", place)), place);
    });

    it("warns of owners that GitHub passes over, in the branch that a change is merged into", () => {
      const { run, env } = jobs.toolchain!.steps.find(({ name }) => name === "Owners that GitHub knows")!;
      assert.match(run!, /codeowners\/errors\?ref=\$BASE/);
      assert.match(run!, /::warning file=\.github\/CODEOWNERS/);
      assert.equal(env!.BASE, "${{ github.event.pull_request.base.sha }}");
    });

    it("has people approve of what is destroyed", () => {
      assert.equal(jobs.approval!.environment, "destructive-changes");
      assert.equal(jobs.approval!.if, "needs.comment.outputs.destructive == 'true'");
    });
  });
});
