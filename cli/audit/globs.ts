/** Whether a file, as it is said or from its repository's root, is one of some patterns: `*` within a folder, `**` across them; a folder is all that is in it. */
export function globs(patterns: readonly string[]): (file: string, path: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(`^${translate(pattern.replace(/^\.\/|\/$/g, ""))}(?:/.*)?$`));
  return (file, path) => expressions.some((one) => one.test(file) || one.test(path));
}

function translate(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (one) => {
    if (one === "**/") return "(?:[^/]*/)*";
    if (one === "**") return ".*";
    if (one === "*") return "[^/]*";
    return one === "?" ? "[^/]" : `\\${one}`;
  });
}
