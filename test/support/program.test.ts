import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { run } from "./program";

// Each of these would otherwise leave the suite green.
describe("support/program", () => {
  it("rejects when something throws inside apply", async () => {
    const program = () => void pulumi.output(1).apply(() => assert.fail("inside apply"));
    await assert.rejects(run(program), /inside apply/);
  });

  it("rejects when a name is used twice", async () => {
    const program = () => [1, 2].forEach(() => new random.RandomPassword("same", { length: 32 }));
    await assert.rejects(run(program), /made twice: random:index\/randomPassword:RandomPassword::same$/);
  });

  it("rejects when it does not know a resource", async () => {
    await assert.rejects(
      run(() => void new random.RandomPet("pet")),
      /the mocks do not know random:index\/randomPet:RandomPet::pet/,
    );
  });
});
