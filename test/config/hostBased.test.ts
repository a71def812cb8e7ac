import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseHostBased } from "../../config/hostBased";
import { problemOfParameter } from "../../config/parameters";
import { HOSTILE, hostile } from "../support/hostile";

const problems = (line: string, withoutTls = false): readonly string[] => {
  const parsed = parseHostBased(line, withoutTls);
  return "problems" in parsed ? parsed.problems : [];
};

describe("config/hostBased", () => {
  for (const line of [
    "hostssl platform reports all scram-sha-256",
    "hostssl platform,agents reports,etl 10.0.0.0/8 scram-sha-256",
    "hostssl platform reports 10.0.0.0 255.0.0.0 cert map=reports",
    "hostssl platform reports ::1/128 ldap ldapserver=ldap.example ldaptls=1",
    "hostssl platform reports all ldap ldapserver=a ldapscheme=ldaps",
    "hostssl platform reports all ldap ldapurl=ldaps://a",
    'hostssl "Platform" "re ""ports""" samehost scram-sha-256 clientcert=verify-full',
    'hostssl "all" "+x" all scram-sha-256',
    "host all all all reject",
    "hostnossl all all all reject",
    "local all all reject",
    "hostssl\tplatform  reports all scram-sha-256".replace("\t", " "),
  ])
    it(`takes: ${line}`, () => assert.deepEqual(problems(line), []));

  it("takes connections that are not encrypted where it is said why, and of that kind alone", () => {
    const line = "host platform reports 10.1.2.3/32 scram-sha-256";
    assert.equal(problems(line).length, 1);
    assert.deepEqual(problems(line, true), []);
    assert.equal(problems("hostnossl platform reports all scram-sha-256", true).length, 1);
  });

  const refused: [line: string, phrase: RegExp][] = [
    ["host all all 0.0.0.0/0 trust", /method `trust`/],
    ["hostssl platform reports all md5", /method `md5`/],
    ["hostssl platform reports all password", /method `password`/],
    ["local all all peer", /method `peer`/],
    ["hostssl platform reports all ident", /method `ident`/],
    ["hostssl platform reports all gss", /method `gss`/],
    ["host all all all reject\nhost all all 0.0.0.0/0 trust", /not seen/],
    ["hostssl platform reports all\u0000 scram-sha-256", /not seen/],
    ["hostssl platform reports\u200b all scram-sha-256", /not seen/],
    ["hostssl platform all all scram-sha-256", /everybody/],
    ["hostssl platform reports,all all scram-sha-256", /everybody/],
    ["hostssl platform +reports all scram-sha-256", /`\+reports`/],
    ["hostssl platform reports, +x all scram-sha-256", /`\+x`/],
    ["hostssl platform /^.*$ all scram-sha-256", /`\/\^/],
    // In Postgres's `pg_hba_file_rules`, the third has the user `+platform`.
    ['hostssl platform "/^.*$" all scram-sha-256', /`\/\^/],
    ['hostssl "/^.*$" reports all scram-sha-256', /`\/\^/],
    ['hostssl platform , +platform 0.0.0.0"/0" scram-sha-256', /comma with a blank/],
    ['hostssl platform, x +platform 0.0.0.0"/0" scram-sha-256', /within a word/],
    ["hostssl platform , postgres 0.0.0.0 255.0.0.0 scram-sha-256", /comma with a blank/],
    ["hostssl platform reports,,all all scram-sha-256", /comma with a blank or another/],
    ["hostssl platform reports, all all scram-sha-256", /everybody/],
    ['hostssl platform re"ports" all scram-sha-256', /within a word/],
    ['hostssl platform "re"ports all scram-sha-256', /within a word/],
    ["hostssl platform reports all cert map=x\\", /next line/],
    ["hostssl platform reports 10.0.0.0 scram-sha-256", /without a mask/],
    ["hostssl platform reports a:b c:d scram-sha-256", /method `c:d`/],
    ["hostssl platform reports,", /ends with a comma/],
    ["hostssl platform @users all scram-sha-256", /`@users`/],
    ["hostssl all reports all scram-sha-256", /`all` of the databases/],
    ["hostssl sameuser reports all scram-sha-256", /`sameuser`/],
    ["hostssl replication reports all scram-sha-256", /`replication`/],
    ["hostssl @databases reports all scram-sha-256", /`@databases`/],
    ["hostssl platform postgres all scram-sha-256", /superuserAccess/],
    ["hostssl platform streaming_replica all scram-sha-256", /streaming_replica/],
    ["hostssl platform reports all scram-sha-256 # and trust", /comment/],
    ["hostssl platform reports all", /too few/],
    ["hostssl platform", /too few/],
    ["local platform reports scram-sha-256", /type `local`/],
    ["hostgssenc platform reports all scram-sha-256", /type `hostgssenc`/],
    ["include /etc/other.conf", /connection type/],
    ["", /connection type/],
    ['hostssl platform "reports all scram-sha-256', /quote/],
    ["hostssl platform reports all ldap ldapserver=a ldapbindpasswd=hunter2", /password/],
    ["hostssl platform reports all ldap ldapserver=a", /without encryption/],
    ["hostssl platform reports all ldap ldapserver=a ldaptls=1 ldaptls=0", /without encryption/],
    ["hostssl platform reports all ldap ldapurl=ldap://a ldapscheme=ldaps", /without encryption/],
    ["hostssl platform reports all scram-sha-256 trust", /option/],
    ["all all trust", /connection type/],
  ];
  for (const [line, phrase] of refused) it(`refuses: ${JSON.stringify(line)}`, () => assert.match(problems(line).join("\n"), phrase));

  it("repeats no value of an option", () => assert.doesNotMatch(problems("hostssl p r all ldap ldapbindpasswd=hunter2").join(), /hunter2/));

  it("reads a name that is quoted as one word that means nothing else, whatever it is", () => {
    fc.assert(
      fc.property(hostile(), hostile(), (database, user) => {
        const word = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const parsed = parseHostBased(`hostssl ${word(database)} ${word(user)} all scram-sha-256`);
        if ("problems" in parsed) return;
        assert.deepEqual([parsed.databases, parsed.users, parsed.method], [[database], [user], "scram-sha-256"]);
      }),
    );
  });

  it("lets none of what others may write become another line, user or method", () => {
    for (const text of HOSTILE) {
      const parsed = parseHostBased(`hostssl platform ${text} all scram-sha-256`);
      if ("problems" in parsed) continue;
      assert.equal(parsed.method, "scram-sha-256", text);
      for (const user of parsed.users) assert.doesNotMatch(user, /^(?:all|[+@/].*|postgres)$/, text);
    }
  });
});

describe("config/parameters", () => {
  const refused: [name: string, value: string, more?: Record<string, string>][] = [
    ["password_encryption", "md5"],
    ["Password_Encryption", "on"],
    ["ssl", "off"],
    ["ssl_min_protocol_version", "TLSv1"],
    ["log_statement", "all"],
    ["log_statement", "mod"],
    ["log_min_duration_statement", "0"],
    ["log_min_duration_sample", "100ms"],
    ["auto_explain.log_min_duration", "1s", { log_parameter_max_length: "0" }],
    ["log_transaction_sample_rate", "0.1"],
    ["log_parameter_max_length_on_error", "-1"],
    ["pgaudit.log_parameter", "on"],
    ["debug_print_parse", "on"],
    ["allow_system_table_mods", "true"],
    ["scram_iterations", "1"],
    ["log_min_messages", "debug2"],
    ["debug_print_raw_parse", "on"],
    ...["all", "write", "ddl, read", "misc", "function"].map((classes): [string, string] => ["pgaudit.log", classes]),
    ["pgaudit.log", "all", { "pgaudit.log_statement": "on" }],
    // Code, programs and files that no check has read.
    ...["session_preload_libraries", "local_preload_libraries", "dynamic_library_path", "extension_control_path", "jit_provider"].map(
      (name): [string, string] => [name, "mine"],
    ),
    ...["archive_command", "restore_command", "archive_library"].map((name): [string, string] => [name, "mine"]),
    ...["include", "include_dir", "Include_If_Exists", "hba_file", "ident_file", "config_file"].map((name): [string, string] => [
      name,
      "/projected/mine.conf",
    ]),
    // postgresql.conf has one parameter a line.
    ["log_statement ", "all"],
    ["work_mem = '1MB'\nlog_statement", "all"],
    ["work_mem = 1 #", "1MB"],
    ["work_mem", "1MB'\nlog_statement = 'all"],
  ];
  // CloudNativePG fixes it, and has a field for it.
  it("leads libraries to the setting that has them", () =>
    assert.match(problemOfParameter("shared_preload_libraries", "pgaudit", {}) ?? "", /`cluster\.preloadLibraries`/));

  for (const [name, value, more = {}] of refused)
    it(`refuses ${JSON.stringify(name)} = ${JSON.stringify(value)}`, () =>
      assert.ok(problemOfParameter(name, value, { [name]: value, ...more })));

  const taken: [name: string, value: string, more?: Record<string, string>][] = [
    ["max_connections", "400"],
    ["password_encryption", "scram-sha-256"],
    ["log_statement", "ddl"],
    ["log_min_duration_statement", "-1"],
    ["log_min_duration_statement", "1s", { log_parameter_max_length: "0" }],
    ["auto_explain.log_min_duration", "1s", { "auto_explain.log_parameter_max_length": "0" }],
    ["debug_print_plan", "off"],
    ["log_min_messages", "warning"],
    ["pgaudit.log", "ddl, role"],
    ["pgaudit.log", "ddl, -misc"],
    ["pgaudit.log", "all", { "pgaudit.log_statement": "off" }],
    ["pg_stat_statements.max", "10000"],
    ["scram_iterations", "10000"],
  ];
  for (const [name, value, more = {}] of taken)
    it(`takes ${name} = ${value}`, () => assert.equal(problemOfParameter(name, value, { [name]: value, ...more }), undefined));
});
