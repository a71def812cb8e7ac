import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { RecordFile } from "../../../cli/ceremony/record";

describe("cli/ceremony/record", () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "record-"));
    file = path.join(directory, "record.json");
  });
  afterEach(() => fs.rm(directory, { recursive: true }));

  const open = () => RecordFile.open(file, "prod");
  const ciphertext = { fingerprint: "F", holder: "H", message: "M" };

  it("is no file before something is written", async () => {
    const record = await open();
    assert.deepEqual(record.record, { version: 1, stack: "prod", steps: [] });
    assert.equal(record.when("initialised"), undefined);
    assert.deepEqual(await fs.readdir(directory), []);
  });

  it("keeps what is written, for its owner only, and nothing beside it", async () => {
    const record = await open();
    const keys = { threshold: 1, recoveryShares: [ciphertext], rootToken: ciphertext, rootTokenKey: "K" };
    await record.note("announced", "one", { attempt: { at: new Date().toISOString(), shares: 1, threshold: 1 } });
    await record.note("initialised", "two", { attempt: undefined, keys });
    const { record: read, when } = { record: (await open()).record, when: (await open()).when("initialised") };
    assert.deepEqual(read, record.record);
    assert.deepEqual(read.keys, keys);
    assert.equal(read.attempt, undefined);
    assert.deepEqual(
      read.steps.map(({ step, detail }) => [step, detail]),
      [
        ["announced", "one"],
        ["initialised", "two"],
      ],
    );
    assert.equal(when, read.steps[1]!.at);
    assert.equal((await fs.stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await fs.readdir(directory), ["record.json"]);
  });

  it("says when a step was done last", async () => {
    const record = await open();
    await record.note("policy", "one");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await record.note("policy", "two");
    assert.equal(record.when("policy"), record.record.steps[1]!.at);
    assert.notEqual(record.record.steps[0]!.at, record.record.steps[1]!.at);
  });

  it("goes over what a killed run has left beside it", async () => {
    await fs.writeFile(`${file}.new`, "half a rec", { mode: 0o600 });
    await (await open()).note("policy", "");
    assert.deepEqual(await fs.readdir(directory), ["record.json"]);
    assert.equal((await open()).record.steps.length, 1);
  });

  it("is not written over when another run has written it", async () => {
    const [one, other] = [await open(), await open()];
    await one.note("policy", "of one");
    await assert.rejects(other.note("policy", "of the other"), /has changed since it was read: another run is at this ceremony/);
    assert.deepEqual((await open()).record, one.record);
  });

  it("is never written as it could not be read", async () => {
    const record = await open();
    const bad = { threshold: 1, recoveryShares: [{ ...ciphertext, message: ["in", "parts"] }], rootToken: ciphertext, rootTokenKey: "K" };
    await assert.rejects(record.write({ keys: bad as never }));
    assert.deepEqual(await fs.readdir(directory), []);
  });

  for (const [what, text] of Object.entries({
    "no JSON": "hvs.",
    "another document": "{}",
    "another version": JSON.stringify({ version: 2, stack: "prod", steps: [] }),
    "something unknown in it": JSON.stringify({ version: 1, stack: "prod", steps: [], token: "hvs." }),
  }))
    it(`refuses ${what}, without repeating it`, async () => {
      await fs.writeFile(file, text);
      await assert.rejects(
        open(),
        ({ message }: Error) => message.startsWith(`${file} is not the record of a ceremony, or is damaged\n`) && !message.includes("hvs."),
      );
    });

  it("refuses that of another stack, and what it cannot read", async () => {
    await (await RecordFile.open(file, "staging")).note("policy", "");
    await assert.rejects(open(), /is the record of stack staging, not of prod/);
    await assert.rejects(RecordFile.open(directory, "prod"), /cannot be read \(EISDIR\)/);
  });
});
