import * as fs from "node:fs";
import * as path from "node:path";
import type { TemplateName } from "../../catalog/templates";

const PROGRAMS = path.join(__dirname, "programs");

/** A command, and the folder that it runs in. */
export interface Command {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A client library, and how a program of it is run. */
export interface Client {
  readonly name: string;
  /** Whose Secrets it is given. */
  readonly templates: readonly TemplateName[];
  /** Programs that must be on the machine. */
  readonly tools: readonly string[];
  /**
   * Fetches its packages into a folder of its own, which is kept.
   *
   * @param folder There, and empty.
   */
  readonly prepare: (folder: string) => readonly Command[];
  /** Its packages: other ones have another folder. */
  readonly packages: string;
  readonly run: (folder: string) => Command;
  /**
   * Variables that it needs beside the Secret (docs/clients.md).
   *
   * @param ca path of the authority
   */
  readonly env?: (ca: string, template: TemplateName) => Readonly<Record<string, string>>;
}

const program = (name: string) => path.join(PROGRAMS, name);
const textOf = (...names: string[]) => names.map((name) => fs.readFileSync(program(name), "utf8")).join("\n");

const PYTHON = "asyncpg==0.32.0 sqlalchemy==2.0.44 greenlet psycopg[binary]==3.2.12";
const python = (name: string, file: string, templates: readonly TemplateName[]): Client => ({
  name,
  templates,
  tools: ["python3"],
  packages: PYTHON,
  prepare: (folder) => [
    { command: ["python3", "-m", "venv", folder] },
    { command: [path.join(folder, "bin/pip"), "install", "--quiet", ...PYTHON.split(" ")] },
  ],
  run: (folder) => ({ command: [path.join(folder, "bin/python"), program(file)] }),
});

const PRISMA = "@prisma/adapter-pg@7.10.1";

export const CLIENTS: readonly Client[] = [
  {
    name: "psql",
    templates: ["libpq-env"],
    tools: ["psql"],
    packages: "",
    prepare: () => [],
    run: () => ({ command: ["sh", "-c", `printf 'OK %s\\n' "$(psql -XAtqwc "$SQL")"`] }),
  },
  {
    name: "node-postgres",
    templates: ["node-env", "rails-env", "libpq-env"],
    tools: ["node"],
    packages: "",
    prepare: () => [],
    run: () => ({ command: [process.execPath, program("node-postgres.cjs")] }),
    // It reads no path of an authority from libpq's variables.
    env: (ca, template): Record<string, string> => (template === "libpq-env" ? { NODE_EXTRA_CA_CERTS: ca } : {}),
  },
  python("asyncpg", "asyncpg_client.py", ["libpq-env", "rails-env"]),
  python("SQLAlchemy with asyncpg", "sqlalchemy_client.py", ["asyncpg-env"]),
  python("psycopg", "psycopg_client.py", ["libpq-env", "rails-env"]),
  {
    name: "Rails (Active Record)",
    templates: ["rails-env"],
    tools: ["ruby"],
    packages: "",
    // Debian's `ruby-activerecord` and `ruby-pg`, or gems of these names.
    prepare: () => [{ command: ["ruby", "-e", `require "active_record"; require "pg"`] }],
    run: () => ({ command: ["ruby", program("rails.rb")] }),
  },
  {
    name: "Spring Boot",
    templates: ["spring-env", "servicebinding"],
    tools: ["mvn", "javac"],
    packages: textOf("spring/pom.xml", "spring/Client.java"),
    prepare: (folder) => [
      { command: ["mvn", "-q", "-B", "-f", program("spring/pom.xml"), "dependency:copy-dependencies", `-DoutputDirectory=${folder}/lib`] },
      { command: ["javac", "-cp", `${folder}/lib/*`, "-d", `${folder}/classes`, program("spring/Client.java")] },
    ],
    run: (folder) => ({
      command: [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.springframework.cloud.bindings.boot.enable=true",
        ...["-cp", `${folder}/classes:${folder}/lib/*`, "client.Client"],
      ],
    }),
  },
  {
    name: "Prisma's adapter for node-postgres",
    templates: ["prisma-adapter-env"],
    tools: ["npm"],
    packages: PRISMA,
    prepare: (folder) => [{ command: ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", PRISMA] }],
    run: (folder) => ({
      command: [process.execPath, program("prisma.cjs")],
      env: { NODE_PATH: path.join(folder, "node_modules") },
    }),
  },
  {
    name: "Prisma's engine (quaint)",
    templates: ["prisma-env"],
    tools: ["cargo", "cc"],
    packages: textOf("prisma-engine/Cargo.toml", "prisma-engine/src/main.rs"),
    prepare: (folder) => [
      {
        command: ["cargo", "build", "--quiet", "--locked", "--manifest-path", program("prisma-engine/Cargo.toml"), "--target-dir", folder],
      },
    ],
    run: (folder) => ({ command: [path.join(folder, "debug/prisma-engine")] }),
  },
  {
    name: "Npgsql",
    templates: ["npgsql-env"],
    tools: ["dotnet"],
    packages: textOf("npgsql/npgsql.csproj", "npgsql/Program.cs"),
    prepare: (folder) => [{ command: ["dotnet", "build", program("npgsql"), "--output", folder] }],
    run: (folder) => ({ command: ["dotnet", path.join(folder, "npgsql.dll")] }),
  },
];
