import * as fs from "node:fs";
import * as path from "node:path";
import { defineConfig } from "vitepress";

const SOURCE = path.resolve(import.meta.dirname, "../..");

/** The pages, copied to where the site's packages are found. It is called `docs`, as links to files go by paths. */
const DOCS = path.join(import.meta.dirname, "docs");
fs.rmSync(DOCS, { recursive: true, force: true });
for (const name of fs.readdirSync(SOURCE).filter((one) => one !== "site"))
  fs.cpSync(path.join(SOURCE, name), path.join(DOCS, name), { recursive: true });

/** Where files beside the pages can be read: `https://github.com/<owner>/<name>/blob/main`. Without it, links to them are text. */
const { DOCS_REPOSITORY, DOCS_BASE = "/" } = process.env;

/** The pages by what a reader wants. A page that is in no group is under "More". */
const GROUPS = {
  Start: ["README", "getting-started", "comparison", "versions", "faq", "glossary"],
  "Set up a stack": [
    "services",
    "configuration",
    "outputs",
    "connecting",
    "clients",
    "templates",
    "network",
    "platform",
    "state",
    "package",
  ],
  Operate: ["status", "inventory", "alerts", "mirroring", "pull-requests", "audit", "policy"],
  Runbooks: all("runbooks"),
  Background: ["architecture", "threat-model", "scope"],
  Decisions: all("adr"),
  "Secrets of the stacks": all("inventory"),
};

/** The pages of a folder, its README first. */
function all(folder) {
  const files = fs.readdirSync(path.join(DOCS, folder)).filter((file) => file.endsWith(".md"));
  const first = (file) => (file === "README.md" ? "" : file);
  return files.sort((a, b) => (first(a) < first(b) ? -1 : 1)).map((file) => `${folder}/${file.slice(0, -3)}`);
}

const textOf = (page) => fs.readFileSync(path.join(DOCS, `${page}.md`), "utf8");
const titleOf = (page) => /^# (.+)$/m.exec(textOf(page))?.[1].replaceAll(/[`*]/g, "") ?? page;
const item = (page) => ({ text: titleOf(page), link: `/${page.replace(/README$/, "")}` });

function sidebar() {
  const known = new Set(Object.values(GROUPS).flat());
  const rest = all(".")
    .map((page) => page.slice(2))
    .filter((page) => !known.has(page));
  const groups = rest.length === 0 ? GROUPS : { ...GROUPS, More: rest };
  return Object.entries(groups).map(([text, pages], index) => ({ text, collapsed: index > 3, items: pages.map(item) }));
}

/** The names that GitHub gives headings, by which pages link. */
const slugify = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

/** Links to what is not a page lead to the repository, where its address is known. */
function linkToFiles(md) {
  md.core.ruler.push("files", ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const target = fileOf(token.attrGet("href"), env.path);
          isDropped = target !== undefined && DOCS_REPOSITORY === undefined;
          if (isDropped) Object.assign(token, { type: "text", tag: "", content: "" });
          else if (target !== undefined) token.attrSet("href", `${DOCS_REPOSITORY}/${target}`);
        } else if (token.type === "link_close" && isDropped) Object.assign(token, { type: "text", tag: "", content: "" });
      }
    }
  });
}

/** The path below the repository of what a page links to, where that is not a page. */
function fileOf(href, page) {
  if (/^[a-z]+:|^#/.test(href)) return undefined;
  const at = path.resolve(path.dirname(page), decodeURI(href.split("#")[0]));
  if (at.startsWith(DOCS + path.sep) && at.endsWith(".md")) return undefined;
  return path.relative(path.dirname(DOCS), at);
}

/** Diagrams are drawn by the browser (theme/index.mjs). */
function diagrams(md) {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (...args) => {
    const [tokens, index] = args;
    const { info, content } = tokens[index];
    return info.trim() === "mermaid" ? `<pre class="mermaid" v-pre>${md.utils.escapeHtml(content)}</pre>` : fence(...args);
  };
}

/** Two curly brackets in a page are Helm's or Prometheus's. As entities, they are not Vue's. */
function literalBrackets(md) {
  for (const method of ["render", "renderAsync"]) {
    const render = md[method]?.bind(md);
    const literal = (html) => html.replaceAll("{{", "&#123;&#123;");
    if (render !== undefined) md[method] = (...args) => (method === "render" ? literal(render(...args)) : render(...args).then(literal));
  }
}

export default defineConfig({
  title: "cnpg-credentials",
  description: "Postgres credentials on Kubernetes with CloudNativePG as their only source",
  lang: "en",
  base: DOCS_BASE,
  srcDir: DOCS,
  rewrites: { "README.md": "index.md", ":folder/README.md": ":folder/index.md" },
  markdown: {
    html: false,
    anchor: { slugify },
    config(md) {
      linkToFiles(md);
      diagrams(md);
      literalBrackets(md);
    },
  },
  themeConfig: {
    search: { provider: "local" },
    sidebar: sidebar(),
    outline: [2, 3],
    ...(DOCS_REPOSITORY === undefined ? {} : { socialLinks: [{ icon: "github", link: DOCS_REPOSITORY.replace(/\/blob\/.*/, "") }] }),
  },
  vite: { publicDir: false },
});
