import { dueOn } from "../../rotation/age";
import { code, finding, items, join, markup, terms, type Html } from "../shared/page/html";
import { renderPage, type Figure, type Section } from "../shared/page/page";
import { bar, chips, dataTable, SOON, type Cell, type Row } from "../shared/page/table";
import { secretsOf } from "./mermaid";
import { ORIGINS } from "./ownerPage";
import { title } from "./owners";
import { idOf, producerInWords } from "./program";
import type { Difference, FoundSecret, Inventory, InventoryReport, InventorySecret } from "./types";

type Other = InventoryReport["others"][number];

/**
 * The inventory as a page for a browser.
 * @param report What a cluster or a repository has; absent where nothing was compared.
 */
export function renderHtml(inventory: Inventory, report?: InventoryReport): string {
  const { stack, namespace, cluster, secrets } = inventory;
  return renderPage({
    title: `Secrets of stack ${stack}`,
    about: [
      ["Namespace", namespace],
      ["Cluster", cluster],
      ["Compared", compared(report)],
    ],
    figures: figures(inventory, report),
    sections: [
      ...(report === undefined || report.differences.length === 0 ? [] : [differences(report.differences)]),
      { heading: "All Secrets", body: allSecrets(inventory, report) },
      { heading: "Owners", body: owners(inventory) },
      ...atTimes(inventory),
      ...(report === undefined || report.notes.length === 0 ? [] : [notes(report.notes)]),
    ],
    foot: `Made by \`cnpg-credentials inventory --stack ${stack} -o html\`. This page has no value of any of the ${secrets.length} Secrets, and it fetches nothing.`,
  });
}

function compared(report: InventoryReport | undefined): string {
  if (report === undefined) return "with nothing: this is what the stack's file and the catalogue declare";
  return report.lookedAt === undefined ? "with manifests" : `with the cluster, ${report.lookedAt}`;
}

function figures(inventory: Inventory, report: InventoryReport | undefined): Figure[] {
  const { secrets } = inventory;
  const [differ, states] = [report?.differences.length ?? 0, secrets.map((one) => ageOf(one, report)?.state)];
  const count = (state: Age["state"]) => states.filter((one) => one === state).length;
  const origins = Object.keys(ORIGINS).flatMap((origin): Figure[] => {
    const value = secrets.filter(({ origins: all }) => (all as readonly string[]).includes(origin)).length;
    return value === 0 || origin === "plain" ? [] : [{ value, label: origin }];
  });
  return [
    { value: secrets.length, label: "Secrets" },
    ...(report === undefined ? [] : [{ value: differ, label: "differences", mood: differ === 0 ? "good" : "bad" } as const]),
    ...(report?.ages === undefined
      ? []
      : [
          { value: count("overdue"), label: "too old", mood: count("overdue") === 0 ? "good" : "bad" } as const,
          { value: count("soon"), label: "due soon", mood: count("soon") === 0 ? "good" : "warn" } as const,
        ]),
    ...origins,
  ];
}

interface Age {
  readonly days: number;
  readonly changedAt: string;
  readonly limit?: number;
  readonly due?: string;
  readonly state: "fine" | "soon" | "overdue";
}

function ageOf(secret: InventorySecret, report: InventoryReport | undefined): Age | undefined {
  const [age, limit] = [report?.ages?.[idOf(secret)], secret.rotation.maxAgeDays];
  if (age === undefined) return undefined;
  if (limit === undefined) return { ...age, state: "fine" };
  const state = age.days >= limit ? "overdue" : age.days >= SOON * limit ? "soon" : "fine";
  return { ...age, limit, due: dueOn(age.changedAt, limit), state };
}

function allSecrets(inventory: Inventory, report: InventoryReport | undefined): Html {
  const has = { ages: report?.ages !== undefined, copies: inventory.secrets.some(({ mirror }) => mirror !== undefined) };
  return dataTable({
    caption: "All Secrets",
    columns: [
      { title: "Secret" },
      { title: "Owner" },
      { title: "Origin" },
      { title: "Made by" },
      ...(has.ages ? [{ title: "Age", order: "number" } as const, { title: "Due" }] : [{ title: "May be old", order: "number" } as const]),
      { title: "Read by" },
      ...(has.copies ? [{ title: "Copy in Vault" }] : []),
      ...(report === undefined ? [] : [{ title: "State" }]),
    ],
    rows: [
      ...inventory.secrets.map((secret) => secretRow(secret, report, has)),
      ...(report?.others ?? []).map((other) => otherRow(other, has)),
    ],
    filters: ["Origin", "Owner", "Made by", ...(report === undefined ? [] : ["State"])],
  });
}

/** Which columns there are beside those that are always there. */
interface Columns {
  readonly ages: boolean;
  readonly copies: boolean;
}

const NOTHING: Cell = { body: markup`<span class="quiet">-</span>` };

function secretRow(secret: InventorySecret, report: InventoryReport | undefined, has: Columns): Row {
  const [age, limit] = [ageOf(secret, report), secret.rotation.maxAgeDays];
  const found = (report?.differences ?? []).filter((one) => isAbout(one, secret));
  const state = found.length > 0 ? "difference" : age?.state === "overdue" ? "too old" : age?.state === "soon" ? "due soon" : "as declared";
  const owner = title({ kind: secret.ownerKind, name: secret.owner });
  const maker = secret.producer.kind === "Pulumi" || secret.producer.kind === "outside" ? producerInWords(secret) : secret.producer.kind;
  const words = found.length > 0 ? found.map(({ what }) => what) : [state];
  return {
    ...(found.length > 0 || state === "too old" ? { mood: "bad" as const } : state === "due soon" ? { mood: "warn" as const } : {}),
    facets: { Origin: secret.origins, Owner: [owner], "Made by": [maker], ...(report === undefined ? {} : { State: [state] }) },
    cells: [
      { body: named(secret, age), key: idOf(secret) },
      { body: markup`<span class="nowrap">${owner}</span>`, key: owner },
      { body: chips(secret.origins, "origin"), key: secret.origins.join(" ") },
      { body: markup`<span class="nowrap">${maker}</span>`, key: maker },
      ...(!has.ages
        ? [limit === undefined ? NOTHING : { body: markup`<span class="nowrap">${limit} days</span>`, key: limit }]
        : [age === undefined ? NOTHING : { body: ageBody(age), key: age.days }, due(age)]),
      list(secret.consumers),
      ...(has.copies ? [secret.mirror === undefined ? NOTHING : { body: code(secret.mirror), key: secret.mirror }] : []),
      ...(report === undefined ? [] : [{ body: markup`<span class="state">${lines(words)}</span>`, key: words.join(" ") }]),
    ],
  };
}

function ageBody({ days, limit }: Age): Html {
  if (limit === undefined) return markup`<span class="nowrap">${inDays(days)}</span>`;
  return markup`<span class="nowrap">${days} of ${inDays(limit)}</span>${bar(days, limit)}`;
}

const inDays = (days: number) => `${days} day${days === 1 ? "" : "s"}`;

function due(age: Age | undefined): Cell {
  return age?.due === undefined ? NOTHING : { body: markup`<time class="nowrap" datetime="${age.due}">${age.due}</time>`, key: age.due };
}

const list = (all: readonly string[]): Cell => (all.length === 0 ? NOTHING : { body: lines(all), key: all.join(" ") });

const lines = (all: readonly string[]) => items(all, "plain-list");

/** A name, behind which is what else is known of it. It opens without a script. */
function named(secret: InventorySecret, age: Age | undefined): Html {
  const { namespace, name, type, purpose, keys, moreKeys, authority, rotation, checks } = secret;
  const facts: (readonly [string, string | Html])[] = [
    ["for", purpose],
    ...(type === undefined ? [] : [["type", code(type)] as const]),
    ["keys", keysOf({ keys, ...(moreKeys && { moreKeys }) })],
    ["authority", authority],
    ["replaced", rotation.policy],
    ...(age === undefined ? [] : [["changed", age.changedAt] as const]),
    ["checked by", checks.length === 0 ? "nothing by name" : checks.join(", ")],
  ];
  return markup`<details><summary class="id"><span class="quiet">${namespace}/</span>${name}</summary>${terms(facts)}</details>`;
}

function keysOf({ keys, moreKeys }: Pick<InventorySecret, "keys" | "moreKeys">): Html {
  const names = keys.map(({ name, origin, from }) => {
    const shown = origin === "plain" ? code(name) : markup`<strong>${code(name)}</strong>`;
    return from === undefined ? shown : markup`${shown} (${origin}, from <code>${from}</code>)`;
  });
  return join([...names, ...(moreKeys ? [markup`and what its maker adds`] : [])], ", ");
}

/**
 * A difference names a Secret, or an object of the same name that writes or copies it; a file may
 * leave the namespace out.
 */
function isAbout({ about }: Difference, secret: InventorySecret): boolean {
  const id = about.slice(about.lastIndexOf(" ") + 1);
  return id === idOf(secret) || id === secret.name;
}

function otherRow({ namespace, name, keys, controller, kind, where, source }: Other, has: Columns): Row {
  const id = `${namespace === undefined ? "" : `${namespace}/`}${name}`;
  return {
    mood: "bad",
    facets: { "Made by": ["unknown"], State: ["not of the program"] },
    cells: [
      { body: markup`<span class="id">${id}</span>`, key: id },
      { body: belongsTo({ controller, kind }) },
      NOTHING,
      { body: where ?? source },
      NOTHING,
      NOTHING,
      ...(has.ages ? [NOTHING] : []),
      ...(has.copies ? [NOTHING] : []),
      {
        body: markup`<span class="state">not of the program${keys.length === 0 ? "" : `: ${keys.join(", ")}`}</span>`,
        key: "not of the program",
      },
    ],
  };
}

const belongsTo = ({ controller, kind }: { controller?: FoundSecret["controller"] | undefined; kind: FoundSecret["kind"] }) =>
  controller ?? (kind === "SealedSecret" ? kind : "-");

function differences(all: readonly Difference[]): Section {
  const body = all.map(({ about, source, what, said, remedy }) =>
    finding(about, [
      ["found", what],
      ...(said === undefined ? [] : [["message", said] as const]),
      ["in", `the ${source}`],
      ["fix", remedy],
    ]),
  );
  return { heading: `Differences (${all.length})`, body: join(body) };
}

function owners(inventory: Inventory): Html {
  return dataTable({
    caption: "Owners",
    columns: [{ title: "Owner" }, { title: "What it is" }, { title: "Secrets", order: "number" }, { title: "Beside Secrets" }],
    rows: inventory.owners.map((owner) => ({
      facets: { Kind: [owner.kind] },
      cells: [
        { body: title(owner) },
        { body: owner.description },
        { body: String(secretsOf(inventory, owner).length) },
        owner.owns.length === 0
          ? NOTHING
          : {
              body: lines(owner.owns.map(({ kind, name, facts }) => `${kind} ${name}${facts.length === 0 ? "" : `: ${facts.join("; ")}`}`)),
            },
      ],
    })),
    filters: ["Kind"],
  });
}

function atTimes({ atTimes: all }: Inventory): Section[] {
  if (all.length === 0) return [];
  const rows = all.map((one) => ({ cells: [{ body: markup`<span class="id">${idOf(one)}</span>`, key: idOf(one) }, { body: one.why }] }));
  const body = dataTable({ caption: "Secrets that are there at times", columns: [{ title: "Secret" }, { title: "Why" }], rows });
  return [{ heading: "There at times", body }];
}

const notes = (all: readonly string[]): Section => ({ heading: "Notes", body: items(all) });
