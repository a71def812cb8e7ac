import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { markerOf } from "../../cli/review/render";

interface Workflow {
  jobs: { comment: { steps: { with: { script?: string } }[] } };
}

interface Comment {
  id: number;
  body: string;
  user: { type: string };
}

const FILE = path.join(__dirname, "../../.github/workflows/pull-request.yml");
const { jobs } = parse(fs.readFileSync(FILE, "utf8")) as Workflow;
const script = jobs.comment.steps.at(-1)!.with.script!;
// eslint-disable-next-line @typescript-eslint/require-await -- only for its constructor
const AsyncFunction = (async () => undefined).constructor as new (...words: string[]) => (...given: unknown[]) => Promise<void>;

describe("the workflow's comments", () => {
  /** Runs what the job runs, with what it has been given; returns what it has done. */
  async function comment(reviews: Readonly<Record<string, string>>, comments: readonly Comment[] = []) {
    const done: Record<string, string[]> = { created: [], updated: [] };
    const outputs: Record<string, unknown> = {};
    const issues = {
      listComments: "list",
      createComment: ({ body }: Comment) => void done.created!.push(body),
      updateComment: ({ comment_id, body }: { comment_id: number; body: string }) => void done.updated!.push(`${comment_id}: ${body}`),
    };
    const github = { rest: { issues }, paginate: () => Promise.resolve(comments) };
    const context = {
      repo: { owner: "o", repo: "r" },
      payload: { pull_request: { number: 7 } },
      serverUrl: "https://git.example",
      runId: 9,
    };
    const files = {
      existsSync: (file: string) => file.replace("reviews/", "") in reviews,
      readFileSync: (file: string) => reviews[file.replace("reviews/", "")],
    };
    const core = { setOutput: (name: string, value: unknown) => (outputs[name] = value) };
    await new AsyncFunction("github", "context", "core", "require", script)(github, context, core, () => files);
    return { ...done, outputs } as { created: string[]; updated: string[]; outputs: Record<string, unknown> };
  }

  const bodyOf = (stack: string, text = "nothing changes") => `${markerOf(stack)}\n## ${stack}: ${text}\n`;
  const reviews = {
    "dev/review.md": bodyOf("dev"),
    "dev/code": "0\n",
    "staging/review.md": bodyOf("staging"),
    "staging/code": "0\n",
    "prod/review.md": bodyOf("prod"),
    "prod/code": "1\n",
  };
  const by = (type: string, id: number, body: string): Comment => ({ id, body, user: { type } });

  it("are one a stack, and say whether something is destroyed", async () => {
    const { created, updated, outputs } = await comment(reviews);
    assert.deepEqual([created, updated], [[bodyOf("dev"), bodyOf("staging"), bodyOf("prod")], []]);
    assert.deepEqual(outputs, { destructive: true });
    assert.deepEqual((await comment({ ...reviews, "prod/code": "2\n" })).outputs, { destructive: false });
  });

  it("are brought up to date where they are the workflow's own and say something else", async () => {
    const comments = [by("User", 1, bodyOf("dev", "somebody's")), by("Bot", 2, bodyOf("staging")), by("Bot", 3, bodyOf("prod", "before"))];
    const { created, updated } = await comment(reviews, comments);
    assert.deepEqual([created, updated], [[bodyOf("dev")], [`3: ${bodyOf("prod")}`]]);
  });

  it("say where the log is when there is no review, and take nothing else for one", async () => {
    const { created } = await comment({ "dev/review.md": "anything", "prod/review.md": bodyOf("prod", "x".repeat(100_000)) });
    for (const [index, stack] of ["dev", "staging"].entries())
      assert.equal(
        created[index],
        `${markerOf(stack)}\n## ${stack}: no preview\n\nIt failed before there was one: [the log](https://git.example/o/r/actions/runs/9) says why.`,
      );
    assert.equal(created[2]!.length, 60_000);
  });
});
