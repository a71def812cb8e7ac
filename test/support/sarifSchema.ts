// What the schema of SARIF 2.1.0 (OASIS, errata 01) asks of the objects that the audit writes:
// their properties, all others being forbidden, and those that must be there.

type Check = (value: unknown, place: string) => string[];

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, place) =>
    holds(value) ? [] : [`${place} is not ${what}: ${JSON.stringify(value)?.slice(0, 80)}`];
const text = is("a text", (value) => typeof value === "string");
const flag = is("a boolean", (value) => typeof value === "boolean");
const whole = (least: number) => is(`a whole number from ${least}`, (value) => Number.isInteger(value) && Number(value) >= least);
const one = (...of: string[]) => is(`one of ${of.join(", ")}`, (value) => of.includes(value as string));
/** RFC 3986: what has a space, a backslash or a mark of its own is no path. */
const uri = is("a reference", (value) => typeof value === "string" && /^(?:[\w\-./~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})+$/.test(value));
const absolute = is("an address", (value) => typeof value === "string" && URL.canParse(value));
const listOf =
  (check: Check, isUnique = false): Check =>
  (value, place) => {
    if (!Array.isArray(value)) return [`${place} is no list`];
    const twice = isUnique && new Set(value.map((item) => JSON.stringify(item))).size < value.length ? [`${place} has one twice`] : [];
    return [...twice, ...value.flatMap((item, index) => check(item, `${place}[${index}]`))];
  };
const mapOf =
  (check: Check): Check =>
  (value, place) =>
    Object.entries(value as object).flatMap(([key, item]) => check(item, `${place}.${key}`));

function object(required: readonly string[], properties: Readonly<Record<string, Check>>, isOpen = false): Check {
  return (value, place) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${place} is no object`];
    const missing = required.filter((key) => !(key in value)).map((key) => `${place} has no ${key}`);
    const wrong = Object.entries(value).flatMap(([key, item]) => {
      const check = properties[key];
      return check === undefined ? (isOpen ? [] : [`${place} may not have ${key}`]) : check(item, `${place}.${key}`);
    });
    return [...missing, ...wrong];
  };
}

const bag = object([], { tags: listOf(text, true) }, true);
const level = one("none", "note", "warning", "error");
const message: Check = (value, place) => [
  ...object([], { text, markdown: text, id: text, arguments: listOf(text), properties: bag })(value, place),
  ...("text" in (value as object) || "id" in (value as object) ? [] : [`${place} has neither text nor id`]),
];
const multiformat = object(["text"], { text, markdown: text, properties: bag });
const region = object([], {
  ...Object.fromEntries(["startLine", "endLine", "startColumn", "endColumn"].map((key) => [key, whole(1)])),
  snippet: object([], { text }),
  message,
  properties: bag,
});
const location = object([], {
  id: whole(-1),
  physicalLocation: object(["artifactLocation"], {
    artifactLocation: object([], { uri, uriBaseId: text, index: whole(-1), description: message, properties: bag }),
    region,
    contextRegion: region,
    properties: bag,
  }),
  message,
  properties: bag,
});
const rule = object(["id"], {
  id: text,
  guid: text,
  name: text,
  shortDescription: multiformat,
  fullDescription: multiformat,
  help: multiformat,
  helpUri: absolute,
  messageStrings: mapOf(multiformat),
  defaultConfiguration: object([], { enabled: flag, level, rank: is("a number", Number.isFinite), properties: bag }),
  properties: bag,
});
const component = object(["name"], {
  name: text,
  fullName: text,
  version: text,
  semanticVersion: text,
  informationUri: absolute,
  downloadUri: absolute,
  rules: listOf(rule, true),
  properties: bag,
});
const notification = object(["message"], { message, locations: listOf(location, true), level, timeUtc: text, properties: bag });
const invocation = object(["executionSuccessful"], {
  executionSuccessful: flag,
  exitCode: whole(-255),
  toolExecutionNotifications: listOf(notification),
  toolConfigurationNotifications: listOf(notification),
  properties: bag,
});
const result = object(["message"], {
  ruleId: text,
  ruleIndex: whole(-1),
  kind: one("notApplicable", "pass", "fail", "review", "open", "informational"),
  level,
  message,
  locations: listOf(location),
  relatedLocations: listOf(location, true),
  partialFingerprints: mapOf(text),
  fingerprints: mapOf(text),
  guid: text,
  properties: bag,
});
const run = object(["tool"], {
  tool: object(["driver"], { driver: component, extensions: listOf(component, true), properties: bag }),
  invocations: listOf(invocation),
  automationDetails: object([], { id: text, guid: text, correlationGuid: text, description: message, properties: bag }),
  columnKind: one("utf16CodeUnits", "unicodeCodePoints"),
  originalUriBaseIds: mapOf(object([], { uri: text, description: message })),
  results: listOf(result),
  properties: bag,
});

/** What of a log the schema forbids, a line each. */
export const sarifErrors = (log: unknown): string[] =>
  object(["version", "runs"], { $schema: absolute, version: one("2.1.0"), runs: listOf(run), properties: bag })(log, "log");
