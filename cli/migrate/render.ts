import { visible, visibleLines } from "../../config/visible";
import { columns, table } from "../shared/tables";
import { isMoved } from "./plan";
import type { FileLogin, Item, MigrationReport, ServicePlan, Step } from "./types";

/** The steps as people call them. */
const TITLES: Readonly<Record<Step["id"], string>> = {
  freeze: "Freeze",
  "let-go": "Let go of the Secret",
  adopt: "Adopt the password",
  "take-over": "Hand over, and up",
  "cut-over": "Cut over",
  mirror: "Mirror",
  retire: "Retire what Vault had",
};

/** The verdict in a line. */
export function verdict({ stack, clean, services, offline }: MigrationReport): string {
  if (clean && offline !== undefined) {
    const count = offline.logins.length;
    return `The files have nothing left for stack ${stack}${count === 0 ? "" : `, and ${count} login${count === 1 ? "" : "s"} that others author elsewhere`}`;
  }
  if (clean) return `Nothing is left of Vault-authored credentials: ${services.length} services of stack ${stack}`;
  const left = services.filter((one) => !isMoved(one)).length;
  return left === 0
    ? `Something is left for the whole of stack ${stack}`
    : `${left} of ${services.length} services of stack ${stack} have something left`;
}

/** Where each service stands, a line each. */
export function renderCheck(report: MigrationReport): string {
  const { services, whole, refusals, notes, offline } = report;
  const rows = services.map((one): [string, string, string] => {
    const open = one.steps.find(({ state }) => state !== "done");
    if (isMoved(one) || open === undefined) return [one.service, one.isMigrated ? "done" : "nothing to move", ""];
    return [one.service, `${open.state}: ${open.id}`, open.state === "blocked" ? open.why : ""];
  });
  return [
    ...(offline === undefined ? [] : [withoutCluster(offline.why)]),
    columns([["SERVICE", "STANDS AT", ""], ...rows]),
    ...[...whole.before, ...whole.after].map(({ text }) => visible(`Left: ${text}`)),
    ...refusals.map(({ path, message, remedy }) => visible(`An up would be refused: ${path}: ${message}; ${remedy}`)),
    ...notes.map((note) => visible(`Note: ${note}`)),
    verdict(report),
  ].join("\n");
}

/** The plan as a page. */
export function renderPlan(report: MigrationReport): string {
  const { stack, cluster, services, whole, changes, refusals, notes, offline } = report;
  const moving = services.filter((one) => one.isMigrated);
  return [
    `# Moving ${cluster} to stack ${stack}`,
    `${verdict(report)}. Nothing was changed, and no value of a Secret is in here. The way, what can go wrong in it and the way back: docs/runbooks/migration.md.`,
    ...(offline === undefined ? [] : [withoutCluster(offline.why), ...section("Logins in the files", renderLogins(offline.logins))]),
    table(
      ["service", ...Object.values(TITLES)],
      services.map((one) => [one.service, ...(one.isMigrated ? one.steps.map(({ state }) => state) : Object.keys(TITLES).map(() => ""))]),
    ),
    ...section("Before the first up", renderItems(whole.before)),
    ...moving.flatMap((one) => renderService(one)),
    ...section("In the end", renderItems(whole.after)),
    ...section(
      "The Cluster",
      changes.length === 0
        ? []
        : [
            "Changes that the `up` makes in it. Set the stack's file so that only the intended ones are left:",
            table(
              ["field", "", "what it costs"],
              changes.map(({ field, what, cost }) => [`\`${field}\``, what, cost]),
            ),
          ],
    ),
    ...section(
      "Refused for now",
      refusals.length === 0
        ? []
        : [
            "Reasons for which an `up` would be refused now. The steps above fix most of them:",
            refusals.map(({ path, message, remedy }) => visible(`- ${path}: ${message}; ${remedy}`)).join("\n"),
          ],
    ),
    ...section("Notes", notes.length === 0 ? [] : [notes.map((note) => visible(`- ${note}`)).join("\n")]),
  ].join("\n\n");
}

/** What a plan from files alone is. */
function withoutCluster(why: string): string {
  return visible(
    `No cluster was asked (${why}). The files are read as if all of them were applied; whether they are, whether a password works, who else writes or reads a Secret, what puts objects back and what an \`up\` would be refused for, a cluster tells.`,
  );
}

function renderLogins(logins: readonly FileLogin[]): string[] {
  if (logins.length === 0) return ["No file has a login for Postgres authored outside of CloudNativePG."];
  return [
    table(
      ["namespace", "Secret", "from", "", "where"],
      logins.map(({ namespace = "any", secret, sources, why, where }) => [
        namespace,
        `\`${secret}\``,
        sources.map((source) => `\`${source}\``).join(", "),
        why,
        where,
      ]),
    ),
  ];
}

function section(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`## ${title}`, ...parts];
}

function renderService({ service, role, database, secret, steps }: ServicePlan): string[] {
  return [
    `## ${service}`,
    `Role \`${role}\`, database \`${database}\`, Secret \`${secret}\`.`,
    ...steps.flatMap(({ id, state, why, items }, index) => [
      `### ${index + 1}. ${TITLES[id]}: ${state}`,
      visible(`${why}.`),
      ...renderItems(items),
    ]),
  ];
}

function renderItems(items: readonly Item[]): string[] {
  return items.flatMap(({ text, commands = [], yaml }) => [
    visible(`- ${text}`),
    ...(yaml === undefined ? [] : [block("yaml", visibleLines(yaml))]),
    ...(commands.length === 0 ? [] : [block("sh", commands.map(visible).join("\n"))]),
  ]);
}

function block(language: string, text: string): string {
  return ["  ```" + language, ...text.split("\n").map((line) => `  ${line}`), "  ```"].join("\n");
}
