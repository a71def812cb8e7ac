import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "../..");
const NOT_OURS = new Set(["node_modules", ".git", "coverage", ".pulumi", ".vitepress"]);

/** Every page of the repository, by its path. */
function pagesBelow(directory: string): string[] {
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(directory, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pagesBelow(at);
    return entry.name.endsWith(".md") ? [at] : [];
  });
}

/** Without what is code: it has neither links nor headings. */
const prose = (text: string) => text.replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, "");

/**
 * The names that GitHub gives headings: small letters, no punctuation, a number behind one that is
 * there already.
 */
function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...prose(text).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading]) => {
      const name = heading!
        .replaceAll(/\]\([^)]*\)/g, "")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
        .replaceAll(" ", "-");
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      return count === 0 ? name : `${name}-${count}`;
    }),
  );
}

/** The links of a page that lead nowhere; those to other sites are not looked at. */
function broken(file: string, text: string): string[] {
  const targets = [
    ...prose(text)
      .replaceAll(/`[^`\n]*`/g, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, target]) => target!);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [to = "", anchor] = target.split("#");
    const at = to === "" ? file : path.join(path.dirname(file), to);
    if (!fs.existsSync(at)) return true;
    return anchor !== undefined && !anchors(to === "" ? text : fs.readFileSync(at, "utf8")).has(anchor);
  });
}

describe("links of the documentation", () => {
  const pages = pagesBelow(ROOT);

  it("lead to files and headings that there are", () => {
    // However many pages the stacks of the clone have.
    const written = pages.filter((file) => !file.includes(path.join("docs", "inventory")));
    assert.ok(written.length > 30, String(written.length));
    const found = pages.flatMap((file) =>
      broken(file, fs.readFileSync(file, "utf8")).map((target) => `${path.relative(ROOT, file)}: ${target}`),
    );
    assert.deepEqual(found, []);
  });

  it("are found where they lead nowhere, and not in code", () => {
    const file = path.join(ROOT, "README.md");
    const page = [
      "# One `two`: [three](x.md)",
      "## Same",
      "## Same",
      "[a](no.md) [b](docs/policy.md#no) [c](#one-two-three) [d](#same-1) [e](#same-2) [f](docs/adr/) [g](https://h.example/no.md)",
      "`[h](no.md)`",
      "```md\n# Code\n[i](no.md)\n```",
      "[j](#code)",
    ].join("\n\n");
    assert.deepEqual(broken(file, page), ["x.md", "no.md", "docs/policy.md#no", "#same-2", "#code"]);
  });
});
