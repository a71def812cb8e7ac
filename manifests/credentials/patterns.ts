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
 * every other; `gcp` opens files, and the key in what it would find is found as a private key; and what is audited cannot switch the audit off by a comment.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(["basicauth", "database-connection-string", "gcp", "filter-comments"]);

/** An account's number identifies and opens nothing. */
const NO_SECRET: ReadonlySet<string> = new Set(["AWSAccountID"]);

const OPTIONS: Readonly<Record<string, object>> = { aws: { enableIDScanRule: true } };

const found: Match[] = [];

const readers = (rules as unknown as readonly Creator[])
  .map((creator) => ({ creator, rule: creator.meta.id.slice(PREFIX.length) }))
  .filter(({ rule }) => !LEFT_OUT.has(rule))
  .map(({ creator, rule }) =>
    creator.create(
      {
        createTranslator: () => (messageId) => ({ messageId }),
        report: ({ message: { messageId }, range: [start, end] }) => {
          if (!NO_SECRET.has(messageId)) found.push({ rule, message: messageId, start, end });
        },
      },
      OPTIONS[rule] ?? {},
    ),
  );

/**
 * What secretlint's recommended rules find in a text: tokens and keys of known services by their shape.
 * Their findings only, never the text itself.
 */
export function matchPatterns(text: string): readonly Match[] {
  found.length = 0;
  // By that name the rule for npm also reads `_authToken=` lines.
  for (const reader of readers) reader.file({ content: text, filePath: ".npmrc", ext: "" });
  return found.slice();
}
