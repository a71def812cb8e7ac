import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { startGate, type Gate, type Question, type Stop } from "../support/gate";
import { Ceremony, type Running, type Target } from "./support/ceremony";

const STATUS = "GET /v1/sys/seal-status";
const HEALTH = "GET /v1/sys/health?standbyok=true&perfstandbyok=true";
const INITIALISE = "PUT /v1/sys/init";
/**
 * Questions that a run repeats until Vault serves, and the first time that is a repetition: how
 * often it takes, Vault decides.
 */
const REPEATED_FROM: Readonly<Record<string, number>> = {
  [STATUS]: 3,
  [HEALTH]: 2,
  // While a new engine is on its way.
  "GET /v1/secret/config": 2,
  "GET /v1/mirror/config": 2,
};

/**
 * Where the runs of `npm run e2e` are ended: around what cannot be repeated, and after what changes
 * something.
 */
const SAMPLES: Readonly<Record<"initialise" | "root token", readonly Stop[]>> = {
  initialise: [
    { question: INITIALISE, time: 1, side: "before" },
    { question: INITIALISE, time: 1, side: "after" },
    { question: STATUS, time: 2, side: "before" },
  ],
  "root token": [
    { question: "POST /v1/sys/audit/file", time: 1, side: "after" },
    { question: "POST /v1/sys/auth/kubernetes", time: 1, side: "after" },
    { question: "PUT /v1/sys/policies/acl/ameide-vault", time: 1, side: "after" },
    { question: "PUT /v1/sys/policies/acl/cnpg-credentials-bootstrap", time: 1, side: "after" },
    { question: "POST /v1/auth/token/create-orphan", time: 1, side: "after" },
    { question: "POST /v1/auth/token/revoke-self", time: 1, side: "before" },
    { question: "POST /v1/auth/token/revoke-self", time: 1, side: "after" },
  ],
};

/**
 * With `npm run soak`, each of a run's questions, before Vault has it and after Vault has done it.
 */
function stopsAmong(questions: readonly Question[], part: keyof typeof SAMPLES): readonly Stop[] {
  const asked = questions.filter(({ question, time }) => time < (REPEATED_FROM[question] ?? Infinity));
  const all = asked.flatMap((one): Stop[] => [
    { ...one, side: "before" },
    { ...one, side: "after" },
  ]);
  for (const { question, time } of SAMPLES[part])
    assert.ok(
      asked.some((one) => one.question === question && one.time === time),
      `${question} (${time}) is not among the questions: ${spell(questions)}`,
    );
  return process.env.SOAK ? all : SAMPLES[part];
}

const spell = (questions: readonly Question[]) => questions.map(({ question, time }) => `${question} (${time})`).join(", ");

describe("a ceremony whose runs are killed between the questions that they ask of Vault", () => {
  let ceremony: Ceremony;
  let gate: Gate;
  let target: Target;

  before(async () => {
    ceremony = await Ceremony.prepare();
    gate = await startGate(ceremony.vault.address, ceremony.vault.ca);
    const ca = path.join(ceremony.desk, "gate.pem");
    await fs.writeFile(ca, gate.ca);
    target = { address: gate.address, ca };
  });

  afterEach(async () => assert.deepEqual(await ceremony.leaks(), []));

  after(async () => {
    gate.close();
    await ceremony.remove();
  });

  /** Starts a run and kills it at a point. */
  async function killAt(stop: Stop, start: () => Running): Promise<void> {
    const { stopped } = gate.open(stop);
    const run = start();
    const ended = await Promise.race([stopped.then(() => undefined), run.ended]);
    if (ended) assert.fail(`not killed: ${ended.code} after ${spell(gate.questions)}\n${ended.stdout}${ended.stderr}`);
    const seen = run.inSight();
    for (const secret of ceremony.secrets) assert.equal(seen.includes(secret), false);
    run.kill();
    assert.equal((await run.ended).code, null);
  }

  /** Says at which point it was, when something fails after a kill. */
  async function at(stop: Stop, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      throw new Error(`killed ${stop.side} ${spell([stop])}: ${(error as Error).stack}`);
    }
  }

  it("initialises Vault in the end, and begins anew where nobody has its keys", async () => {
    await ceremony.empty();
    gate.open();
    await ceremony.expect(0, ceremony.keys, { target });
    for (const stop of stopsAmong(gate.questions, "initialise"))
      await at(stop, async () => {
        await ceremony.empty();
        await killAt(stop, () => ceremony.start(ceremony.keys, { target }));
        if (stop.question === INITIALISE && stop.side === "after") {
          const early = await ceremony.expect(2, ceremony.keys);
          assert.match(early.stderr, /by a run that asked for it on .* and may be about to write down its keys/);
          await ceremony.ageAttempt();
          const { stderr } = await ceremony.expect(2, ceremony.keys);
          assert.match(
            stderr,
            /is initialised, and nobody has its recovery keys or its root token: the run that asked for them on .* was ended/,
          );
          assert.match((await ceremony.expect(2, ["--check"])).stderr, /nobody has its recovery keys/);
          await ceremony.loseStorage();
        }
        // Once it has its keys, it needs no more of them than the root token.
        const begun = (await fs.readFile(ceremony.recordFile, "utf8").catch(() => "")).includes("recoveryShares");
        await ceremony.expect(begun ? 1 : 0, ceremony.keys);
        const { keys, clusterId } = await ceremony.record();
        assert.ok(keys && clusterId);
        assert.equal(await ceremony.status(await ceremony.rootToken(), "GET", "auth/token/lookup-self"), 200);
        assert.equal(new Set(await ceremony.shares()).size, 3);
      });
  });

  it("ends with one bootstrap token and no root token", async () => {
    const made: string[] = [];
    const collect = () => {
      for (const answer of gate.answers) made.push(...(/"client_token":"([^"]+)"/.exec(answer)?.slice(1) ?? []));
      for (const token of made) ceremony.secrets.add(token);
    };

    const first = await ceremony.begun();
    gate.open();
    await ceremony.expect(0, [], { input: first, target });
    for (const stop of stopsAmong(gate.questions, "root token"))
      await at(stop, async () => {
        const input = await ceremony.begun();
        made.length = 0;
        await killAt(stop, () => ceremony.start([], { input, target }));
        collect();
        const finished = (await ceremony.run(["--check"])).code === 0;
        if (!finished) {
          // Without the token it says what is left to do, and does nothing.
          assert.match((await ceremony.expect(1, [])).stdout, /give the root token on standard input/);
          gate.open();
          await ceremony.expect(0, [], { input, target });
          collect();
        }
        await ceremony.expect(0, ["--check"]);
        const kept = await ceremony.bootstrapToken();
        assert.ok(made.includes(kept));
        for (const token of [input, ...made])
          assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), token === kept ? 200 : 403);
        const { steps } = await ceremony.record();
        assert.equal(steps.filter(({ step }) => step === "root token revoked").length, 1);
      });
  });
});
