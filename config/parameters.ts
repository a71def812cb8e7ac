/** What a parameter of Postgres's must not be, and why; nothing where it may be what it is. */
export function problemOfParameter(name: string, value: string, all: Readonly<Record<string, string>>): string | undefined {
  const key = name.toLowerCase();
  const is = value
    .trim()
    .toLowerCase()
    .replace(/^'(.*)'$/, "$1");
  const off = ["off", "false", "no", "0", "f", "n", ""].includes(is);
  const of = (other: string) =>
    Object.entries(all)
      .find(([one]) => one.toLowerCase() === other)?.[1]
      .trim();
  if (key === "password_encryption")
    return is === "scram-sha-256" ? undefined : "is not `scram-sha-256`: what Postgres keeps of a password could be logged in with";
  if (key === "shared_preload_libraries")
    return "is CloudNativePG's to set, which loads libraries of its own, too: name yours in `cluster.preloadLibraries`";
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
  if (key === "pgaudit.log_parameter") return off ? undefined : "writes parameters of statements to the log";
  if (/^debug_print_(?:parse|rewritten|plan)$/.test(key)) return off ? undefined : "writes statements to the log, taken apart";
  if (key === "allow_system_table_mods") return off ? undefined : "lets a superuser's mistake change the catalogue itself";
  if (key === "scram_iterations")
    return Number(is) >= 4096 ? undefined : "makes passwords quicker to guess from what Postgres keeps of them: 4096 or more";
  return undefined;
}
