import { readActions } from "./templates";

/** What stands for a value that is filled in somewhere else: it names where the credential is, and is none. */
const REFERENCES = [
  // Jinja
  String.raw`\{%[^%]{0,500}%\}`,
  // envsubst, shells, Kubernetes' own $(VAR), Terraform, Java's properties
  String.raw`\$\{[^{}]*\}`,
  String.raw`\$\([^()]*\)`,
  String.raw`\$[A-Za-z_][A-Za-z0-9_]*\b`,
  String.raw`%[A-Z][A-Z0-9_]*%`,
  String.raw`%\([A-Za-z_]\w*\)s`,
  // Argo CD's Vault plugin, Bank-Vaults, vals, 1Password, Key Vault, sops, Concourse, CloudFormation
  String.raw`<path:[^<>\n]{0,300}>`,
  String.raw`>{0,2}vault:[\w./-]+#\S*`,
  String.raw`(?:ref|secretref)\+[\w+]+://\S*`,
  String.raw`op://\S+`,
  String.raw`@Microsoft\.KeyVault\([^)]*\)`,
  String.raw`ENC\[[^[\]]*\]`,
  String.raw`\(\([\w./:-]+\)\)`,
  String.raw`arn:aws:(?:secretsmanager|ssm):\S+`,
  String.raw`projects/[\w-]+/secrets/[\w-]+\S*`,
];

const REFERENCE = new RegExp(REFERENCES.join("|"), "gs");
const SUSPICION = /[{$%<:(+]|ENC\[/;

/** The value that takes the place when nothing is filled in: `${VAR:-value}`, `{{ x | default "value" }}`. */
const DEFAULTS = [
  /\$\{[^{}:]*:[-=]([^{}]*)\}/g,
  /\bdefault\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|`([^`]*)`)/g,
  /["'`]([^"'`]+)["'`]\s*\|\s*(?:b64enc|quote|squote|toString|trim)\b/g,
];

/**
 * A value without its references.
 *
 * @returns what remains, and the literals that the references name as their default
 */
export function withoutReferences(value: string): { rest: string; hasReference: boolean; defaults: string[] } {
  if (!SUSPICION.test(value)) return { rest: value, hasReference: false, defaults: [] };
  const defaults: string[] = [];
  let hasReference = false;
  const blank = (reference: string) => {
    hasReference = true;
    for (const pattern of DEFAULTS)
      for (const [, ...groups] of reference.matchAll(pattern))
        defaults.push(...(groups as (string | undefined)[]).filter((one) => one !== undefined));
    // As long as it was, so that places in the rest are places in the value.
    return BLANK.repeat(reference.length);
  };
  const rest = withoutActions(value, blank).replace(REFERENCE, blank);
  return { rest, hasReference, defaults };
}

/** Actions of templates: Helm's, Argo Workflows', External Secrets', Vault agent's; after a `$` GitHub's. */
function withoutActions(value: string, blank: (action: string) => string): string {
  let rest = "";
  let from = 0;
  for (const { start, end } of readActions(value)) {
    rest += value.slice(from, start) + blank(value.slice(start, end));
    from = end;
  }
  return rest + value.slice(from);
}

/** Stands where a reference was. No pattern has it, and no address can be read across it. */
export const BLANK = "\u{E000}";

const PLACEHOLDER = new RegExp(
  `^(?:${[
    String.raw`(?:please[-_ ]?)?change[-_ ]?(?:me|it|this)(?![a-z]).*`,
    String.raw`changeme\w*`,
    String.raw`(?:to[-_ ]?be[-_ ]?)?(?:replace|replaced|override|overridden|overwritten)(?![a-z]).*`,
    String.raw`replace[-_ ].*`,
    String.raw`(?:insert|enter|put|fill|add|set|use|provide|specify|paste|supply)[-_ ](?:your|a|an|the|here|in|me|it|this|value|real|own)(?![a-z]).*`,
    String.raw`(?:insert|enter|put|fill|paste)[-_].*`,
    String.raw`your[-_ .].*`,
    String.raw`(?:some|any|my)[-_ ](?:password|secret|token|key|api[-_ ]?key)(?:[-_ ]here)?`,
    String.raw`.*[-_ ](?:goes[-_ ])?here`,
    String.raw`(?:x{3,}|\*{3,}|\.{3,}|-{2,}|_{2,}|\?{2,}|#{3,}|0{4,})(?:[-_]?(?:x{3,}|\*{3,}|0{4,}))*`,
    String.raw`<[^<>]*>|\[[^\[\]]*\]|__\w+__|@@?\w+@@?|%\w+%`,
    "todo.*|tbd|fixme.*|redacted|\\(?redacted\\)?|\\[redacted\\]|hidden|masked|placeholder.*|.*[-_ ]placeholder|dummy.*|fake|sample|example|not[-_ ]?(?:set|used|needed|a[-_ ]?secret)|unused|ignored",
    "none|null|nil|n/?a|~|true|false|yes|no|on|off|enabled?|disabled?|unset|undefined|empty|default|optional|required|auto|generated?|random",
  ].join("|")})$`,
  "is",
);

/** Whether a value only keeps the place of one: `changeme`, `<your token>`, `xxxx`. It is no credential, and what deploys it with one fails or is refused. */
export function isPlaceholder(value: string): boolean {
  return value.length < 120 && PLACEHOLDER.test(value.trim());
}
