// Types and lint in one process: ESLint's rules ask the compiler that has just checked the types,
// which otherwise is done twice.
import * as path from "node:path";
import { ESLint, type Linter } from "eslint";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "../..");

async function main(): Promise<void> {
  const { fileNames, options, errors } = configuration();
  const program = ts.createProgram(fileNames, options);
  const types = [...errors, ...ts.getPreEmitDiagnostics(program)];
  const lint = await lintWith(program);
  const host = { getCurrentDirectory: () => ROOT, getCanonicalFileName: (file: string) => file, getNewLine: () => "\n" };
  process.stdout.write(ts.formatDiagnostics(types, host) + lint);
  process.exitCode = types.length > 0 || lint !== "" ? 1 : 0;
}

function configuration(): ts.ParsedCommandLine {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
    },
  };
  return ts.getParsedCommandLineOfConfigFile(path.join(ROOT, "tsconfig.json"), {}, host)!;
}

/** ESLint's complaints, warnings too. */
async function lintWith(program: ts.Program): Promise<string> {
  // The configuration's `projectService` is a compiler of its own.
  const parserOptions = { projectService: false, programs: [program] };
  const overrideConfig: Linter.Config = { files: ["**/*.ts"], languageOptions: { parserOptions } };
  const eslint = new ESLint({ cwd: ROOT, overrideConfig });
  const results = await eslint.lintFiles(["."]);
  const complained = results.filter(({ errorCount, warningCount }) => errorCount + warningCount > 0);
  return complained.length === 0 ? "" : (await eslint.loadFormatter("stylish")).format(complained);
}

void main();
