/**
 * For a `describe` whose tests need the ones before: after a failure, its other tests are skipped, which is told. Mocha's own `bail` would leave all of it out,
 * without a word, when a test of another file has failed.
 */
export function stopAtFailure(): void {
  let failed = false;
  beforeEach(function () {
    if (failed) this.skip();
  });
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
}
