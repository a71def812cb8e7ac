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

/** Words by which a comment says that the value below it is nobody's. */
const FAKE =
  /\b(?:fake|dummy|bogus|placeholder|not (?:a )?(?:real|secret)|(?:isn't|is not|never) used|no security leak|deliberately public|(?:is|are|be|gets?) (?:automatically )?(?:overwritten|overridden|replaced|injected))\b/i;
/** As many keys above a value may have the comment in their place. */
const PARENTS = 2;

/**
 * Whether a comment of a line says that its value is not a real one: beside it, right above it, or
 * above the keys that it is under.
 *
 * @param line counted from 1
 */
export function isSaidToBeFake(lines: readonly string[], line: number): boolean {
  const own = lines[line - 1] ?? "";
  if (FAKE.test(/\s#(.*)$/.exec(own)?.[1] ?? "")) return true;
  let depth = depthOf(own);
  for (let index = line - 2, parents = 0; index >= 0; index--) {
    const above = lines[index]!;
    if (isComment(above)) return FAKE.test(commentAbove(lines, index));
    if (depthOf(above) >= depth || ++parents > PARENTS) return false;
    depth = depthOf(above);
  }
  return false;
}

function commentAbove(lines: readonly string[], last: number): string {
  const block: string[] = [];
  for (let index = last; index >= 0 && isComment(lines[index]!); index--) block.unshift(lines[index]!.trim().replace(/^#+\s*/, ""));
  return block.join(" ");
}

const isComment = (line: string): boolean => /^\s*#/.test(line);
const depthOf = (line: string): number => line.length - line.trimStart().length;
