// The rooms of the program, and who may know whom. `test/floorPlan.test.ts` holds every import of
// the product against this table.
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";

/** A top-level folder with code, or a file beside them. */
export interface Room {
  readonly name: string;
  /** What belongs in it, and what it may not know: told wherever an import breaks it. */
  readonly sentence: string;
  /** The rooms that it may import from. @default all that are below it */
  readonly knows?: readonly string[];
}

/**
 * From the bottom to the top: a file imports from its own room and from those above it in this
 * list.
 */
export const ROOMS: readonly Room[] = [
  {
    name: "config",
    sentence:
      "what a stack may say, how problems are told, and errors that an operator can fix; it knows no cluster, no Vault and no service by name",
  },
  {
    name: "kube",
    sentence: "the API server: how it is asked, its kinds, our marks on its objects; it knows no service, no Vault and no Pulumi program",
  },
  {
    name: "vault",
    sentence:
      "what Vault holds, who may read it, how its objects are called, and the program that sets it up in dev; it knows no service, makes no resource and asks no cluster beforehand",
  },
  {
    name: "catalog",
    sentence:
      "records of services and bundles, and what follows from them: names, keys, what a stack's outputs say; pure, so it asks nobody and makes nothing",
  },
  {
    name: "manifests",
    sentence:
      "files of YAML and Helm: what they provide, what they refer to, what in them is a credential; it knows no stack and no record",
    knows: ["config", "kube"],
  },
  {
    name: "rotation",
    sentence: "whose turn it is, and whether CloudNativePG has applied it; it makes no resource",
    knows: ["config", "kube", "catalog"],
  },
  {
    name: "preflight",
    sentence: "what the cluster and Vault are asked before anything is changed, and the verdict; it makes no resource and changes nothing",
    knows: ["config", "kube", "vault", "catalog", "rotation"],
  },
  {
    name: "components",
    sentence:
      "resources, and the programs that they ship; a component reads no configuration, asks nobody, makes no provider and knows neither preflight nor a command",
    knows: ["config", "kube", "vault", "catalog", "rotation"],
  },
  {
    name: "fromPostgres.ts",
    sentence: "the first half of the data's way: a Postgres cluster, and the credentials of its services",
  },
  {
    name: "fromVault.ts",
    sentence: "the second half of the data's way: third parties' keys, and the providers of Vault and Azure",
  },
  { name: "index.ts", sentence: "the data's way and nothing else; it knows no command and no lab" },
  {
    name: "policy",
    sentence: "what a preview may not have, a package of its own; it knows names, kinds and records, and not how a resource is made",
    knows: ["config", "kube", "vault", "catalog", "manifests"],
  },
  {
    name: "lab",
    sentence: "the throw-away cluster, its tools and images; of what runs in it, it knows kinds and nothing else",
    knows: ["config", "kube"],
  },
  {
    name: "cli",
    sentence:
      "commands: they parse their arguments, gather and print; nothing else may know one, and none runs the program by importing it",
    knows: ["config", "kube", "vault", "catalog", "manifests", "rotation", "preflight", "components", "lab"],
  },
];

/** Folders that are seen first: one idea each, and no more than can be kept in mind. */
export const MOST_FOLDERS = 13;
/** Folders without code of the product. */
export const WITHOUT_CODE: readonly string[] = ["docs", "test"];
const NOT_OURS = new Set(["node_modules", "coverage", "dist"]);

/** One file needs another. Paths from the root of the clone, with `/`. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Nothing of it is left when the program runs. */
  readonly onlyTypes?: true;
}

/** Imports of a file: files of the clone, and names of packages that are there when it runs. */
export interface Imports {
  readonly files: readonly Import[];
  readonly packages: readonly string[];
}

/** Every import that the table does not allow, and every folder that is not in it. */
export function judgeRooms(imports: readonly Import[], folders: readonly string[], rooms: readonly Room[] = ROOMS): string[] {
  const unknown = folders.filter((folder) => !WITHOUT_CODE.includes(folder) && !rooms.some(({ name }) => name === folder));
  const tooMany = folders.length > MOST_FOLDERS ? [`${folders.length} folders: ${MOST_FOLDERS} are allowed`] : [];
  return [
    ...unknown.map((folder) => `${folder}/ is in no table: give it a room, with a sentence, in test/support/floorPlan.ts`),
    ...tooMany,
    ...imports.flatMap(({ from, to }) => {
      const [here, there] = [roomOf(from, rooms), roomOf(to, rooms)];
      if (here === there) return [];
      const at = rooms.findIndex(({ name }) => name === here);
      const { sentence = "it is in no table", knows = rooms.slice(0, Math.max(at, 0)).map(({ name }) => name) } = rooms[at] ?? {};
      return knows.includes(there) ? [] : [`${from} imports ${to}, and ${here} may not know ${there}: ${sentence}`];
    }),
  ];
}

/** Files that need each other, a circle a line. */
export function judgeCircles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    const begins = way.indexOf(file);
    if (begins >= 0) circles.push(`a circle: ${[...way.slice(begins), file].join(" → ")}`);
    if (begins >= 0 || done.has(file)) return;
    for (const one of next.get(file) ?? []) walk(one, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return circles;
}

/** The folder of a file, or the file itself where it lies beside the folders. */
function roomOf(file: string, rooms: readonly Room[]): string {
  const [folder = file] = file.split("/");
  return rooms.find(({ name }) => name === folder)?.name ?? folder;
}

/** Files with code of the product: neither tests nor what tests need. */
export function productFiles(root: string): string[] {
  const below = (directory: string): string[] =>
    fs.readdirSync(path.join(root, directory), { withFileTypes: true }).flatMap((entry) => {
      const at = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) return isVisible(entry.name) && !WITHOUT_CODE.includes(at) ? below(at) : [];
      return /\.(ts|cjs)$/.test(at) && !at.endsWith(".test.ts") ? [at] : [];
    });
  return below("");
}

/** The top-level folders that whoever opens the repository sees. */
export function visibleFolders(root: string): string[] {
  const entries = fs.readdirSync(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && isVisible(entry.name)).map(({ name }) => name);
}

const isVisible = (name: string) => !name.startsWith(".") && !NOT_OURS.has(name);

/**
 * What a file imports: by `import`, `export … from`, `import()` and `require`, and by the path of
 * an entry point that a bundler or a process is given (`path.join(__dirname, "program.ts")`).
 */
export function importsOf(file: string, text: string, files: ReadonlySet<string>): Imports {
  const found: Import[] = [];
  const packages: string[] = [];
  const add = (specifier: string, isTypeOnly: boolean) => {
    const to = specifier.startsWith(".") ? resolve(path.posix.join(path.posix.dirname(file), specifier), files) : undefined;
    if (to !== undefined) found.push({ from: file, to, ...(isTypeOnly ? { onlyTypes: true } : {}) });
    else if (!specifier.startsWith(".") && !isTypeOnly) packages.push(specifier);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const { moduleSpecifier } = node;
      if (moduleSpecifier && ts.isStringLiteral(moduleSpecifier)) add(moduleSpecifier.text, isTypeOnly(node));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      add(node.argument.literal.text, true);
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(source) === "require";
      if (loads && first && ts.isStringLiteral(first)) add(first.text, false);
      const entry = entryPoint(node);
      if (entry !== undefined && files.has(entry)) found.push({ from: file, to: entry });
    }
    ts.forEachChild(node, visit);
  };
  const entryPoint = ({ expression, arguments: [base, ...parts] }: ts.CallExpression): string | undefined => {
    if (!["path.join", "path.resolve"].includes(expression.getText(source)) || base === undefined) return undefined;
    const levels = ["__dirname", "path.dirname(__dirname)"].indexOf(base.getText(source));
    if (levels < 0 || !parts.every((part) => ts.isStringLiteral(part))) return undefined;
    return path.posix.join(path.posix.dirname(file), ...(levels === 1 ? [".."] : []), ...parts.map((part) => part.text));
  };
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false);
  visit(source);
  return { files: found, packages };
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  const { namedBindings } = clause;
  const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : undefined;
  return clause.isTypeOnly || (clause.name === undefined && named !== undefined && named.every((one) => one.isTypeOnly));
}

function resolve(specifier: string, files: ReadonlySet<string>): string | undefined {
  const at = specifier.replace(/\/$/, "");
  return [at, `${at}.ts`, `${at}.cjs`, at === "." ? "index.ts" : `${at}/index.ts`].find((one) => files.has(one));
}
