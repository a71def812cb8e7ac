import assert from "node:assert/strict";
import { minutesLeft } from "../../lab/toolchain/build";

describe("lab/toolchain/build", () => {
  it("estimates what is left from recorded minutes, and by the pace that this machine has shown", () => {
    const two = { total: 40, processors: 2 };
    assert.equal(minutesLeft({ ...two, done: 0, running: 20, elapsed: 0 }), 20);
    assert.equal(minutesLeft({ ...two, done: 0, running: 20, elapsed: 5 }), 15);
    // As fast as the machine that the minutes were recorded on, and half as fast.
    assert.equal(minutesLeft({ ...two, done: 10, running: 20, elapsed: 10 }), 10);
    assert.equal(minutesLeft({ ...two, done: 10, running: 20, elapsed: 20 }), 20);
  });

  it("never says that nothing is left while something is compiled", () => {
    assert.equal(minutesLeft({ total: 4, done: 0, running: 4, elapsed: 60, processors: 8 }), 1);
  });
});
