/** Folders whose files nobody deploys as they are. */
const FOLDERS = new Set(
  "test tests testing testdata test-data e2e ci example examples sample samples demo demos doc docs documentation fixture fixtures mock mocks quickstart quickstarts tutorial tutorials playground spec specs kuttl chainsaw benchmark benchmarks unittest unittests molecule __tests__ .ci .test .tests .drone .buildkite .github .gitlab .circleci .devcontainer .vscode".split(
    " ",
  ),
);
/** Files that are filled in before they are used, and those of tests. */
const FILES =
  /\.(?:example|sample|dist)(?:\.|$)|(?:^|[-_.])(?:example|sample|test|tests|e2e|ci|demo)(?:[-_.](?:values|config|env))?\.(?:ya?ml|json)|^(?:example|sample|test|ci)[-_.]|[-_.](?:test|spec)\.\w+$|^\.gitlab-ci\.yml$|^\.checkov|\.schema\.json$|^package-lock\.json$|^linter[-_]values|^azure-pipelines/i;

/** Whether a file is a test, a sample, or what a pipeline needs for its tests: what is found there is told as a note. */
export function isSampleFile(file: string): boolean {
  const parts = file.split("/");
  const name = parts.pop() ?? "";
  return (
    parts.some(
      (part) => FOLDERS.has(part.toLowerCase()) || /^(?:example|sample|test|e2e)s?[-_]|[-_](?:examples?|samples?|tests?|e2e)$/i.test(part),
    ) || FILES.test(name)
  );
}
