/** A password on the command line of a program that takes it in a way of its own. */
export interface OnCommandLine {
  /** The program and its option: `mysqladmin -p`. */
  name: string;
  start: number;
  secret: string;
}

const VALUE = String.raw`["']?([^\s"'$<{\u{E000}\u{E001}-][^\s"'$<{\u{E000}\u{E001}]{2,})`;
/** Of SQL: in single quotes. */
const LITERAL = String.raw`'([^'\s$<{%:\u{E000}\u{E001}][^'\n$<{%\u{E000}\u{E001}]{2,100})'`;
const REST = String.raw`[^\n|;&]{0,200}?\s`;
const COMMANDS: readonly (readonly [says: RegExp, form: RegExp])[] = [
  [/mysql|mariadb/, new RegExp(String.raw`\b((?:mysql|mariadb)(?:admin|dump|sh|-admin|-dump)?)\b${REST}(-p)${VALUE}`, "gu")],
  [/redis-cli|valkey-cli/, new RegExp(String.raw`\b((?:redis|valkey)-cli)\b${REST}(-a)\s{1,5}${VALUE}`, "gu")],
  [/sshpass/, new RegExp(String.raw`\b(sshpass)\s{1,5}(-p)\s{0,5}${VALUE}`, "gu")],
  [/curl/, new RegExp(String.raw`\b(curl)\b${REST}(-u|--user)[ =]{0,5}["']?[^\s"':$\u{E000}]{1,80}:${VALUE}`, "gu")],
  [/mongo/, new RegExp(String.raw`\b(mongo(?:sh|dump|restore|export|import)?)\b${REST}(-p)\s{1,5}${VALUE}`, "gu")],
  [
    /docker|podman|helm|skopeo|oras|crane|buildah|nerdctl/,
    new RegExp(
      String.raw`\b(docker|podman|helm registry|skopeo|oras|crane auth|buildah|nerdctl)\s{1,5}login\b${REST}(-p)\s{1,5}${VALUE}`,
      "gu",
    ),
  ],
  [/sqlcmd/, new RegExp(String.raw`\b(sqlcmd)\b${REST}(-P)\s{0,5}${VALUE}`, "gu")],
  [/ldap/, new RegExp(String.raw`\b(ldap(?:search|add|modify|whoami|delete|passwd))\b${REST}(-w)\s{1,5}${VALUE}`, "gu")],
  [/rabbitmqctl/, new RegExp(String.raw`\b(rabbitmqctl)\s{1,5}(add_user|change_password)\s{1,5}[^\s$]{1,80}\s{1,5}${VALUE}`, "gu")],
  // A statement of SQL
  [/IDENTIFIED|identified/, new RegExp(String.raw`\b(identified)\s{1,5}(?:with\s{1,5}\w{1,40}\s{1,5})?(by)\s{1,5}${LITERAL}`, "giu")],
  [
    /PASSWORD|password/,
    new RegExp(String.raw`\b((?:create|alter)\s{1,5}(?:user|role)\b)[^\n;]{0,200}?\s(password)\s{1,5}${LITERAL}`, "giu"),
  ],
];
const PLACEHOLDER = /^(?:password|pass|pw)$|xxx|\*\*\*/i;

/** Passwords of commands whose option does not say that it is one. References have been taken out of the text. */
export function* findInCommands(text: string): Generator<OnCommandLine> {
  for (const [says, form] of COMMANDS)
    if (says.test(text))
      for (const { 0: whole, 1: program = "", 2: option = "", 3: value = "", index } of text.matchAll(form))
        if (!PLACEHOLDER.test(value)) yield { name: `${program} ${option}`, start: index + whole.length - value.length, secret: value };
}
