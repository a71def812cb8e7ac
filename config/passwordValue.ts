/** What is wrong with a value that is to become a password: never the value. */
export interface Unusable {
  /** After "the value": `is empty`. */
  readonly reason: string;
  /** What to do instead, where that is not to have a password generated. */
  readonly remedy?: string;
}

/** The password in what a Secret's key holds, and whether it is one that somebody could guess. */
export interface UsablePassword {
  readonly password: string;
  readonly isShort: boolean;
}

/** How a key holds a password: as it is, or as part of a connection URI. */
export type PasswordForm = "password" | "uri";

/** Shorter ones are guessed. A generated one has 32 characters. */
const SHORT = 16;

/** What CloudNativePG takes for a password that is hashed already; and what other programs keep in place of one. */
const HASH = /^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$|\$(2[abxy]|argon2\w*|[156y]|pbkdf2[\w-]*)\$)/;
/** A scheme, and somebody at some host; JDBC's URLs have the user among their parameters. */
const URI = /^(jdbc:)?[a-z][a-z0-9+.-]*:\/\/\S*[@?]/i;
/** libpq's keywords and values, and ADO.NET's. */
const KEYWORDS = /(^|[\s;])(password|pwd)\s*=/i;
/** What a template, or an injector of secrets, was to put something in the place of. */
const UNFILLED = /^(\$\{.*\}|\$\(.*\)|\{\{.*\}\}|%\(.*\)s|<[^>]*>|(vault|ref\+\w+|op|secretref):\S*\S|ENC\[.*\])$/is;
const PLACEHOLDER = /^(change[-_ ]?(me|it|this)|replace[-_ ]?(me|it|this)|placeholder|todo|tbd|x{3,}|\*{3,})$/i;

/**
 * Looks at a value before it becomes the password of a role.
 *
 * @param user Who a URI must be of
 */
export function passwordIn(value: string, form: PasswordForm, user: string): UsablePassword | Unusable {
  const found = form === "uri" ? inUri(value, user) : value;
  if (typeof found !== "string") return found;
  return unusable(found, form) ?? { password: found, isShort: found.length < SHORT };
}

function unusable(value: string, form: PasswordForm): Unusable | undefined {
  if (value === "") return { reason: "is empty" };
  if (value.includes("\uFFFD")) return { reason: "is not UTF-8 text", remedy: "write it as UTF-8" };
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value))
    return { reason: "has a line break or another control character", remedy: "write it without: `printf %s`, not `echo`" };
  if (value.trim() !== value) return { reason: "begins or ends with white space", remedy: "write it without" };
  if (HASH.test(value)) return { reason: "is a hash: what it was made of cannot be known" };
  if (form === "password" && URI.test(value))
    return { reason: "is a whole connection URI", remedy: "add `form: uri`, which takes the password in it" };
  if (form === "password" && KEYWORDS.test(value))
    return { reason: "is a whole connection string", remedy: "write the password alone under a key of its own, and name that" };
  if (UNFILLED.test(value)) return { reason: "is a placeholder that nobody has filled in" };
  if (PLACEHOLDER.test(value)) return { reason: "is a placeholder" };
  return undefined;
}

function inUri(value: string, user: string): string | Unusable {
  let url: URL;
  try {
    // WHATWG's parser keeps the parts of schemes that it does not know.
    url = new URL(value.trim().replace(/^jdbc:/i, ""));
  } catch {
    return { reason: "is not a connection URI", remedy: "leave `form` out where the key holds the password alone" };
  }
  // libpq and JDBC take both among the parameters, too.
  const [name, password] = [url.username || (url.searchParams.get("user") ?? ""), url.password || (url.searchParams.get("password") ?? "")];
  try {
    if (decodeURIComponent(name) !== user)
      return {
        reason: `is a URI of another user than \`${user}\``,
        remedy: "name the Secret of that user, or correct `role` in the record",
      };
    return password === "" ? { reason: "is a URI without a password" } : url.password === "" ? password : decodeURIComponent(password);
  } catch {
    return {
      reason: "is a URI whose user or password is not percent-encoded as UTF-8",
      remedy: "write the password alone under a key of its own",
    };
  }
}
