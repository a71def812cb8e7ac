import { rules } from "@secretlint/secretlint-rule-preset-recommend";

/** As much of a rule of secretlint's as is used: it reads a text and reports what it finds there, without a file, a configuration or a promise. */
interface Creator {
  meta: { id: string };
  create(context: Context, options: object): { file(source: { content: string; filePath: string; ext: string }): unknown };
}

interface Context {
  createTranslator(): (messageId: string) => { messageId: string };
  report(found: { message: { messageId: string }; range: readonly [number, number] }): void;
}

export interface Match {
  /** The rule's name with secretlint: `github`. */
  rule: string;
  /** Its message there: `GITHUB_TOKEN`. */
  message: string;
  /** Where in the text it begins, and ends. */
  start: number;
  end: number;
}

const PREFIX = "@secretlint/secretlint-rule-";

/**
 * Rules that are not asked: passwords in addresses are found by one rule for all schemes (`./addresses`), whose idea of a placeholder is that of
 * every other; private keys by one that knows those of one line; `gcp` opens files, and the key in what it would find is found as a private key; and what is
 * audited cannot switch the audit off by a comment.
 */
export const LEFT_OUT: ReadonlySet<string> = new Set(["basicauth", "database-connection-string", "privatekey", "gcp", "filter-comments"]);

/** Expressions of which one matches in every text that a rule finds something in. A rule that is not here is asked of every text. */
export const PATTERN_LEADS: Readonly<Record<string, readonly string[]>> = {
  aws: [..."A3T AKIA AGPA AIDA AROA AIPA ANPA ANVA ASIA".split(" "), "[sS][eE][cC][rR][eE][tT]_?(?:ACCESS|[aA]ccess)_?(?:KEY|[kK]ey)"],
  npm: ["x-oauth-basic", "_authToken=", "npm_\\w{36}"],
  slack: ["xox[bpaor]-", "xapp-", "[hH][oO][oO][kK][sS]\\.[sS][lL][aA][cC][kK]"],
  sendgrid: ["SG\\.\\w+\\."],
  shopify: ["shp(?:pa|ca|at|ss)_"],
  stripe: ["[sr]k_(?:live|test)_"],
  github: ["gh[pousr]_", "github_pat_"],
  gitlab: ["glpat-"],
  grafana: ["glc_", "glsa_"],
  openai: ["T3BlbkFJ"],
  anthropic: ["sk-ant-"],
  groq: ["gsk_"],
  huggingface: ["hf_[a-zA-Z]{34}"],
  linear: ["lin_api_"],
  notion: ["ntn_"],
  "1password": ["ops_ey"],
  "hashicorp-vault": ["hv[sbr]\\."],
  vercel: ["vc[piark]_"],
  databricks: ["dapi[A-Fa-f0-9]{32}"],
  docker: ["dckr_pat_"],
  figma: ["figd_"],
  cloudflare: ["cfk_", "cfut_", "cfat_"],
  tailscale: ["tskey-"],
};

/** An account's number identifies and opens nothing. */
const NO_SECRET: ReadonlySet<string> = new Set(["AWSAccountID"]);

const OPTIONS: Readonly<Record<string, object>> = { aws: { enableIDScanRule: true } };

const found: Match[] = [];
const NONE: readonly Match[] = [];

const readers = (rules as unknown as readonly Creator[])
  .map((creator) => ({ creator, rule: creator.meta.id.slice(PREFIX.length) }))
  .filter(({ rule }) => !LEFT_OUT.has(rule))
  .map(({ creator, rule }) => {
    const reader = creator.create(
      {
        createTranslator: () => (messageId) => ({ messageId }),
        report: ({ message: { messageId }, range: [start, end] }) => {
          if (!NO_SECRET.has(messageId)) found.push({ rule, message: messageId, start, end });
        },
      },
      OPTIONS[rule] ?? {},
    );
    const lead = PATTERN_LEADS[rule];
    return { reader, lead: lead === undefined ? undefined : new RegExp(lead.join("|")) };
  });

const ANY_LEAD = readers.some(({ lead }) => lead === undefined) ? undefined : new RegExp(Object.values(PATTERN_LEADS).flat().join("|"));

/**
 * What secretlint's recommended rules find in a text: tokens and keys of known services by their shape.
 * Their findings only, never the text itself.
 */
export function matchPatterns(text: string): readonly Match[] {
  if (ANY_LEAD?.test(text) === false) return NONE;
  found.length = 0;
  // By that name the rule for npm also reads `_authToken=` lines.
  const source = { content: text, filePath: ".npmrc", ext: "" };
  for (const { reader, lead } of readers) if (lead === undefined || lead.test(text)) reader.file(source);
  return found.slice();
}
