import { isPlain } from "./visible";

/** How postgresql.conf writes a name. Another character would begin another word or line. */
const NAME = /^[a-z_][a-z0-9_$]*(?:\.[a-z_][a-z0-9_$]*)*$/i;
/** Directives of postgresql.conf, and parameters that say which other files Postgres goes by. */
const FILES = /^(?:include(?:_dir|_if_exists)?|(?:config|hba|ident)_file|data_directory|external_pid_file|krb_server_keyfile)$/;
/** Parameters that have Postgres load code. */
const CODE =
  /^(?:(?:session|local)_preload_libraries|dynamic_library_path|extension_control_path|jit_provider|archive_library|oauth_validator_libraries)$/;
/** Parameters that have Postgres run a program. */
const PROGRAMS = /^(?:archive_command|archive_cleanup_command|restore_command|recovery_end_command)$/;
/** Classes of statements without values of rows. pgaudit blots out passwords of roles. */
const AUDITED = ["ddl", "role", "none"];

/** What a parameter of Postgres's must not be, and why; nothing where it may be what it is. */
export function problemOfParameter(name: string, value: string, all: Readonly<Record<string, string>>): string | undefined {
  if (!NAME.test(name)) return "is not the name of a parameter: Postgres would read it as another word, or as another line";
  if (!isPlain(value)) return "has a character in it that is not seen, such as the end of a line";
  const key = name.toLowerCase();
  const is = value
    .trim()
    .toLowerCase()
    .replace(/^'(.*)'$/, "$1");
  const off = offIn(is);
  const of = (other: string) =>
    Object.entries(all)
      .find(([one]) => one.toLowerCase() === other)?.[1]
      .trim();
  if (key === "password_encryption")
    return is === "scram-sha-256" ? undefined : "is not `scram-sha-256`: what Postgres keeps of a password could be logged in with";
  if (key === "shared_preload_libraries")
    return "is CloudNativePG's to set, which loads libraries of its own, too: name yours in `cluster.preloadLibraries`";
  if (FILES.test(key)) return "leads to a file that no check of this program has read";
  if (CODE.test(key)) return "has Postgres load code: name libraries in `cluster.preloadLibraries`";
  if (PROGRAMS.test(key)) return "is CloudNativePG's to set: Postgres runs it as a program";
  if (key === "ssl" || key.startsWith("ssl_")) return "is CloudNativePG's to set: the server's certificate and what it is spoken with";
  if (key === "log_statement")
    return is === "none" || is === "ddl" ? undefined : "writes statements to the log, with what is in them: `none` or `ddl`";
  if (["log_min_duration_statement", "log_min_duration_sample", "auto_explain.log_min_duration"].includes(key)) {
    const limit = key.startsWith("auto_explain.") ? "auto_explain.log_parameter_max_length" : "log_parameter_max_length";
    if (/^-\d/.test(is) || of(limit) === "0") return undefined;
    return `writes statements with their parameters to the log: set \`${limit}\` to \`0\`, too`;
  }
  if (key === "log_transaction_sample_rate")
    return Number(is) === 0 ? undefined : "writes whole transactions to the log, with what is in them";
  if (key === "log_parameter_max_length_on_error") return is === "0" ? undefined : "writes parameters of statements that fail to the log";
  if (key === "log_min_messages")
    return /debug/.test(is) ? "writes statements to the log, with what is in them: `info` or less" : undefined;
  if (key === "pgaudit.log") {
    const classes = is.split(",").map((one) => one.trim());
    if (classes.every((one) => one.startsWith("-") || AUDITED.includes(one)) || offIn(of("pgaudit.log_statement"))) return undefined;
    return "writes statements to the log, with what is in them: `ddl` and `role`, or set `pgaudit.log_statement` to `off`, too";
  }
  if (key === "pgaudit.log_parameter") return off ? undefined : "writes parameters of statements to the log";
  if (/^debug_print_(?:raw_parse|parse|rewritten|plan)$/.test(key)) return off ? undefined : "writes statements to the log, taken apart";
  if (key === "allow_system_table_mods") return off ? undefined : "lets a superuser's mistake change the catalogue itself";
  if (key === "scram_iterations")
    return Number(is) >= 4096 ? undefined : "makes passwords quicker to guess from what Postgres keeps of them: 4096 or more";
  return undefined;
}

/** Whether a truth is written as Postgres reads it as false. */
function offIn(value: string | undefined): boolean {
  return value !== undefined && ["off", "false", "no", "0", "f", "n", ""].includes(value.toLowerCase().replace(/^'(.*)'$/, "$1"));
}
