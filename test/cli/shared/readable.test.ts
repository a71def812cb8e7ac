import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { promisify } from "node:util";
import { execa } from "execa";
import { readable } from "../../../cli/shared/readable";
import { FixableError } from "../../../config/fixableError";
import { Unreachable } from "../../../kube/kubeconfig";
import { Refused } from "../../../kube/live";

const failed = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => error,
  );
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
const withStack = (error: Error, line: string) => Object.assign(error, { stack: `${error.name}: ${error.message}\n    at ${line}` });

describe("cli/shared/readable", () => {
  const cases: [what: string, error: () => unknown, expected: RegExp][] = [
    ["what can be fixed", () => new FixableError("it is off", "turn it on"), /^it is off\nRemedy: turn it on$/],
    [
      "a server that does not answer",
      () => new Unreachable("https://a does not answer"),
      /^https:\/\/a does not answer\nRemedy: see that `kubectl get namespaces`/,
    ],
    [
      "a question that may not be asked",
      () => new Refused("this account may not get x"),
      /^this account may not get x\nRemedy: grant that/,
    ],
    [
      "fetch, as Node has it",
      async () => failed(fetch(`http://127.0.0.1:${await closedPort()}`)),
      /^127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)\nRemedy: /,
    ],
    ["fetch of a port that it refuses", () => failed(fetch("http://127.0.0.1:1")), /^the server does not answer \(bad port\)\nRemedy: /],
    [
      "a program that there is not, as Node has it",
      () => failed(promisify(execFile)("pulumi", [], { env: { PATH: "" } })),
      /^there is no pulumi on the PATH\nRemedy: install it/,
    ],
    [
      "the same as execa has it",
      () => failed(execa("no-such-program", [])),
      /^there is no no-such-program on the PATH\nRemedy: put it on the PATH$/,
    ],
    [
      "an answer of the API server, as its client has it, without the object",
      () =>
        Object.assign(new Error("HTTP-Code: 403\nBody: hunter2"), {
          code: 403,
          body: '{"message":"pods is forbidden","details":"hunter2"}',
        }),
      /^the API server answers 403: pods is forbidden\nRemedy: /,
    ],
    [
      "a record that is not imported",
      () => withStack(new ReferenceError("shop is not defined"), "Object.<anonymous> (/clone/catalog/services/index.ts:18:3)"),
      /^catalog\/services\/index\.ts:18: `shop` is not defined\nRemedy: import it there$/,
    ],
  ];
  for (const [what, error, expected] of cases)
    it(`says ${what} in plain words`, async () => {
      const text = readable(await error());
      assert.match(text, expected);
      assert.doesNotMatch(text, /\n\s+at |hunter2/);
    });

  it("shows anything else with its stack", () => {
    assert.match(
      readable(withStack(new TypeError("x is undefined"), "somewhere (/clone/cli/x.ts:1:1)")),
      /^TypeError: x is undefined\n {4}at somewhere/,
    );
    assert.match(readable(withStack(new ReferenceError("x is not defined"), "somewhere (/clone/cli/x.ts:1:1)")), /\n {4}at somewhere/);
  });
});
