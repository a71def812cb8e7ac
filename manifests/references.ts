import { readActions } from "./templates";

/** What stands for a value that is filled in somewhere else: it names where the credential is, and is none. */
const REFERENCES = [
  // Jinja, ERB and EJS, templates with brackets of their own
  String.raw`\{%[^%]{0,500}%\}`,
  String.raw`<%(?:(?!%>).){0,500}%>`,
  String.raw`\[\[[^[\]\n]{1,200}\]\]`,
  String.raw`<<[^<>\n]{1,200}>>`,
  // envsubst, shells, Kubernetes' own $(VAR), Terraform, Java's properties
  String.raw`\$\{[^{}]*\}`,
  String.raw`\$\([^()]*\)`,
  // In the middle of a word only in capitals: a password has dollars, too.
  String.raw`(?<![A-Za-z0-9])\$[A-Za-z_][A-Za-z0-9_]*\b`,
  String.raw`\$[A-Z_][A-Z0-9_]+\b(?![a-z])`,
  String.raw`%[A-Z][A-Z0-9_]*%`,
  String.raw`%\([A-Za-z_]\w*\)s`,
  // Argo CD's Vault plugin, Bank-Vaults, vals, 1Password, Key Vault, sops, Concourse, CloudFormation
  String.raw`<(?:path|secret|vault|aws|azure|gcp|env|op|ref)[\w-]{0,30}:[^<>\n]{0,300}>`,
  String.raw`>{0,2}vault:[\w./-]+#\S*`,
  String.raw`(?:ref|secretref)\+[\w+]{1,60}://\S*`,
  String.raw`op://\S+`,
  String.raw`@Microsoft\.KeyVault\([^)]{0,300}\)`,
  String.raw`ENC\[[^[\]]*\]`,
  String.raw`\(\([\w./:-]{1,300}\)\)`,
  // Frigate and others: the name of a variable
  String.raw`\{[A-Z][A-Z0-9_]{2,80}\}`,
  String.raw`\{(?:env|file):[^{}\s]{1,200}\}`,
  // Python's: the text of a program that makes a file
  String.raw`\{(?:os\.|self\.|args\.)[^{}\n]{1,200}\}`,
  String.raw`arn:aws:(?:secretsmanager|ssm):\S+`,
  String.raw`projects/[\w-]+/secrets/[\w-]+\S*`,
];

const REFERENCE = new RegExp(REFERENCES.join("|"), "gs");
const SUSPICION = /[{$%<:(+]|\[\[|ENC\[/;

/** The value that takes the place when nothing is filled in: `${VAR:-value}`, `{{ x | default "value" }}`. */
const DEFAULTS = [
  /\$\{(?<name>[^{}:]*):[-=](?<value>[^{}]*)\}/g,
  /(?:(?<name>[A-Za-z_]\w*)\s*\)?\s*\|\s*)?\bdefault\s+(?:"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|`(?<back>[^`]*)`)/g,
  // Only where it is what the action begins with: the text of `required` and the name of `include` are no values.
  /\{\{-?\s*["'`](?<value>[^"'`]+)["'`]\s*\|\s*(?:b64enc|quote|squote|toString|trim)\b/g,
];

/** A literal that takes a reference's place. */
export interface Default {
  /** The variable or field that it stands for, where the reference says one. */
  readonly name: string;
  readonly literal: string;
  /** Where the reference begins. */
  readonly start: number;
}

/**
 * A value without its references.
 *
 * @returns what remains, and the literals that the references name as their default
 */
export function withoutReferences(value: string): { rest: string; hasReference: boolean; defaults: Default[] } {
  if (!SUSPICION.test(value)) return { rest: value, hasReference: false, defaults: [] };
  let defaults: Default[] = [];
  let hasReference = false;
  const blank = (reference: string, start: number) => {
    hasReference = true;
    // An action inside of another reference is a part of what it names: `<path:{{ x | default "y" }}#key>`.
    if (reference.includes(BLANK)) defaults = defaults.filter((one) => one.start < start || one.start > start + reference.length);
    for (const pattern of DEFAULTS)
      for (const { groups = {} } of reference.matchAll(pattern)) {
        const { name = "", value: given, double, single, back } = groups as Readonly<Record<string, string | undefined>>;
        const literal = given ?? double ?? single ?? back ?? "";
        if (literal !== "" && !/[`$]/.test(literal)) defaults.push({ name, literal, start });
      }
    // As long as it was, so that places in the rest are places in the value.
    return BLANK.repeat(reference.length);
  };
  const rest = withoutActions(value, blank).replace(REFERENCE, (reference: string, start: number) => blank(reference, start));
  return { rest, hasReference, defaults };
}

/** Actions of templates: Helm's, Argo Workflows', External Secrets', Vault agent's; after a `$` GitHub's. */
function withoutActions(value: string, blank: (action: string, start: number) => string): string {
  let rest = "";
  let from = 0;
  for (const { start, end } of readActions(value)) {
    rest += value.slice(from, start) + blank(value.slice(start, end), start);
    from = end;
  }
  return rest + value.slice(from);
}

/** Stands where a reference was. No pattern has it, and no address can be read across it. */
export const BLANK = "\u{E000}";

/** What a whole value may be, to say where the credential is. */
const ELSEWHERE = new RegExp(
  `^(?:${[
    // Kiali's name and key of a Secret; what programs and operators resolve by a scheme
    String.raw`secret:[\w.-]+:[\w.-]+`,
    String.raw`(?:file|env|environment|vault|bao|openbao|awssm|aws-sm|asm|ssm|gsm|gcpsm|akv|keyvault|kms|sops|keyring|conjur|bws|doppler|infisical|op|secretsmanager|secret-manager|k8s|rule):/{0,3}[\w./@{}$#:?=&~|+-]+`,
    // a file
    String.raw`@[./~][\w./-]*`,
    // Traefik's plugins, Argo CD's image updater
    String.raw`urn:[\w.-]+:secrets?:\S+`,
    String.raw`(?:ext|exec|cmd|pullsecret|secretref):[\w./@#:-]+`,
    // JSONPath, and a field of a template that lost its braces
    String.raw`\{+\.[^{}]{1,200}\}+`,
    String.raw`\$?\.(?:Values|Release|Chart)(?:\.\w+)+`,
    // an entity of XML, a variable of a program
    String.raw`&[\w-]+;`,
    String.raw`\/[\w./-]*\?[\w=&-]*`,
    String.raw`[^A-Za-z0-9]*(?:\. *)?(?:getenv|os\.getenv|env)\(.*`,
    String.raw`(?:\$?env|process\.env|os\.environ|System\.getenv|ENV)(?:\.\w+|\[.*\]|\(.*\))`,
  ].join("|")})$`,
  "i",
);
/** The name of a variable, and not a password in capitals: `BROKER_APP_PASSWORD`. */
const VARIABLE = /^[.$]?[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+$/;

/** Whether a value says where a credential is, instead of being one. Beside what `withoutReferences` takes out, which may be a part. */
export function namesAnother(value: string, isCalledSo: (name: string) => boolean): boolean {
  return value.length < 300 && (ELSEWHERE.test(value) || (VARIABLE.test(value) && isCalledSo(value.replace(/_(?:FILE|PATH)$/, ""))));
}

/** What is asked of who deploys it. */
const TO_DO =
  "(?:set|change|chg|replace|override|overwrite|fill|update|edit|insert|enter|put|provide|define|modify|specify|supply|configure|generate|rotate|patch)";

const PLACEHOLDER = new RegExp(
  `^(?:${[
    // Somebody is told to do it: change-me, SETME, setThisValue, dev-only-change-in-production
    String.raw`(?:.*[-_ .])?(?:please[-_ ]?)?${TO_DO}[-_ ]?(?:me|this|it)(?:(?![a-z]).*|(?:value|please|now|later|first|too|passwo?r?d?|secret|token|key|in|before|to|with)\w*)`,
    String.raw`(?:.*[-_ ])?(?:change|replace|rotate|override)[-_ ](?:in|before|for|on|after|at|with|asap|please|prod|production)(?![a-z]).*`,
    String.raw`changeme\w*`,
    String.raw`(?:to|will|must|should)[-_ ]?be[-_ ].*`,
    String.raw`(?:to[-_ ]?be[-_ ]?)?(?:replace|replaced|override|overridden|overwrite|overwritten)(?![a-z]).*`,
    String.raw`(?:please[-_ ])?(?:update|change|replace|override|edit|modify|rotate|generate|regenerate)[-_ ].*`,
    String.raw`(?:insert|enter|put|fill|add|set|use|provide|specify|paste|supply)[-_ ](?:your|a|an|the|here|in|me|it|this|value|real|own|via|by|from|with)(?![a-z]).*`,
    String.raw`(?:insert|enter|put|fill|paste)[-_].*`,
    // It is somewhere else: DEFINED-IN-REGION-SECRETS, FROM-EXTERNAL-VAULT, managed by …
    String.raw`(?:is[-_ ])?(?:defin\w{1,4}|set|stored?|managed?|injected?|provided?|configured?|supplied|supply|taken|loaded|load|read|populated?|generated?|created?|filled|resolved?|fetched|found|specified|specify|given|comes|see|look|kept|held)[-_ ](?:in|by|from|at|via|with|on|up|elsewhere|externally|outside|through|during|later|automatically)(?![a-z]).*`,
    String.raw`(?:comes[-_ ])?from[-_ ](?:the[-_ ])?(?:external|vault|secret|secrets|env|environment|sops|bitwarden|1password|onepassword|aws|azure|gcp|ci|cd|terraform|pipeline|keyvault|ssm|file|k8s|kubernetes)(?![a-z]).*`,
    // What a script fills in: REPLACE…, AUTOREPLACE_…, REP_…_REP
    String.raw`(?:.*[-_])?auto[-_]?replace(?:[-_].*)?|replaceme.*|([A-Za-z]{2,8})_\w+_\1`,
    String.raw`your(?:[-_ .].*|\w*(?:password|passwd|secret|token|key)\w*)`,
    String.raw`(?:some|any|my)[-_ ](?:[a-z]+[-_ ]){0,4}(?:password|passwd|secret|token|key|credentials?)(?:[-_ ]here)?`,
    String.raw`(?:some|any|my|your|the)[-_ ]?(?:value|string|text)|doesn'?t[-_ ]?matter`,
    // It is said what it is: private_key_string, base64-encoded-key
    String.raw`(?:[a-z]+[-_ ])*(?:password|passwd|secret|token|key|credentials?)[-_ ](?:string|value|text)`,
    String.raw`(?:b64|base64)[-_ ]?enc.*|(?:b64|base64)[-_ ][a-z_ -]+`,
    // Programs that ask for one and do with any
    String.raw`(?:(?:sk|pk|rk|ant|whsec|test)[-_])*(?:fake|bogus|stub|(?:mock|dummy)(?:[-_ ].*)?)`,
    String.raw`(?:sk[-_])?no[-_ ]?(?:key|auth|token|password|secret)(?:[-_ ].*)?|(?:not|never)[-_ ]?(?:set|used|needed|required|real|applicable)(?:[-_ ].*)?`,
    String.raw`.*[-_ ](?:goes[-_ ])?here`,
    String.raw`.*x{6,}.*|.*\*{4,}.*|\*{2,}\w*\*{2,}`,
    String.raw`abcdef\.0123456789abcdef|(?:x{3,}|\*{3,}|\.{3,}|…+|-{2,}|_{2,}|\?{2,}|#{3,}|0{4,})(?:[-_]?(?:x{3,}|\*{3,}|0{4,}))*`,
    String.raw`<{1,3}[^<>]*>{1,3}|\[{1,2}[^\[\]]*\]{1,2}|_{1,2}[A-Z0-9]\w*[A-Z0-9]_{1,2}|__\w+__|@@?[\w-]+@@?|%{1,2}\w+%{1,2}|\{{1,3}[\w .-]+\}{1,3}|#\{[^{}]+\}#?|~\w+~`,
    "todo.*|tbd|fixme.*|redacted|\\(?redacted\\)?|\\[redacted\\]|hidden|masked|.*placeholder.*|dummy.*|sample|example|not[-_ ]?a[-_ ]?(?:real[-_ ]?)?(?:secret|password|key|token)|foo(?:bar)?|ollama|lm-?studio|anything|whatever|unused|ignored?|secret[-_ ]?value",
    "none|null|nil|n/?a|~|true|false|yes|no|on|off|enabled?|disabled?|unset|undefined|empty|default|optional|required|auto|generated?|random|inherit|string|str|text",
  ].join("|")})$`,
  "is",
);
/** Nobody's key has a row of one character: `sk-111111111111`. */
const ROW = /([A-Za-z0-9])\1{8,}/;
/** REPLACEDBPASSWORD */
const TO_REPLACE = /^REPLACE[A-Z]+$/;
/** What documentation has in the middle of tokens: rows of one character, and the word. */
const SAMPLE = /x{6,}|0{10,}|\*{4,}|\.{4,}|EXAMPLE|placeholder|token-?here/i;
const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** Whether a value only keeps the place of one: `changeme`, `<your token>`, `xxxx`, in base64 too. It is no credential, and what deploys it with one fails or is refused. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  if (value.length >= 120) return false;
  if (PLACEHOLDER.test(text) || TO_REPLACE.test(text) || ROW.test(text)) return true;
  if (!BASE64.test(text) || text.length % 4 !== 0) return false;
  const inside = Buffer.from(text, "base64").toString("latin1");
  return /^[\x20-\x7e]{4,}\s*$/.test(inside) && PLACEHOLDER.test(inside.trim());
}

/** Whether what has a token's shape is one of documentation. */
export function isSample(token: string): boolean {
  return token.length < 300 && SAMPLE.test(token);
}
