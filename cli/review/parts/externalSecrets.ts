import { both, changedBelow, isKind, ownerOf, title, told, type Change } from "../change";
import { code, list, type Entry, type Told } from "../entry";
import { property } from "../properties";
import { EXTERNAL_SECRETS } from "../../../kube/kinds/groups";

const GROUP = EXTERNAL_SECRETS.group;

/**
 * What becomes of what is fetched from Vault, of the stores that it is fetched through, and of
 * copies in Vault.
 */
export function tellFetched(changes: readonly Change[]): Told {
  const of = (kind: string) => changes.filter((one) => isKind(one, GROUP, kind));
  const [fetched, stores, copies] = [of("ExternalSecret"), [...of("ClusterSecretStore"), ...of("SecretStore")], of("PushSecret")];
  return {
    about: [...fetched, ...stores, ...copies],
    entries: [...stores.flatMap(store), ...fetched.flatMap(externalSecret), ...copies.flatMap(copy)],
  };
}

function externalSecret(change: Change): Entry[] {
  const owner = ownerOf(change);
  const who = owner === undefined ? code(title(change)) : owner.kind === "bundle" ? `bundle ${code(owner.name)}` : code(owner.name);
  const name = told(change, "spec.target.name");
  const detail = `Secret ${code(typeof name === "string" ? name : change.name)}`;
  const entry = (section: Entry["section"], what: string): Entry[] => [{ section, who, what, detail }];
  switch (change.action) {
    case "create":
    case "import":
      return entry("secrets", "fetched from Vault from now on");
    case "delete":
      return entry("destroys", "not fetched from Vault any more, and deleted");
    case "replace":
      return entry("destroys", "deleted, and fetched from Vault anew: missing in between");
    case "update":
      return entry("secrets", updated(change));
    case "left":
    case "kept":
    case "other":
      return [];
  }
}

function updated(change: Change): string {
  const changed = changedBelow(change, "spec");
  const [before, after] = both(change, "spec.secretStoreRef.name");
  if (before !== after) return `fetched through another store: ${code(String(before ?? "?"))} → ${code(String(after ?? "?"))}`;
  if (changed.includes("data") || changed.includes("dataFrom")) return "other keys, or from other paths of Vault";
  return changed.length === 0 ? "labels and annotations" : `other ${list(changed.map(code))}`;
}

/** What fields of a store are called. */
const STORE_FIELDS: Readonly<Record<string, string>> = {
  server: "address",
  path: "engine",
  auth: "login",
  caBundle: "authority",
  caProvider: "authority",
};

function store(change: Change): Entry[] {
  const who = `store ${code(title(change))}`;
  const entry = (section: Entry["section"], what: string): Entry[] => [{ section, who, what }];
  switch (change.action) {
    case "create":
    case "import":
      return entry("secrets", "new");
    case "delete":
      return entry("destroys", "deleted: nothing is fetched through it, and nothing that was is renewed");
    case "replace":
      return entry("destroys", "deleted and made again: nothing is fetched through it in between");
    case "update": {
      const changed = [
        ...changedBelow(change, "spec").filter((name) => name !== "provider" && name !== "conditions"),
        ...changedBelow(change, "spec.provider.vault"),
      ];
      const [before, after] = namespaces(change);
      const gone = before.filter((name) => !after.includes(name));
      const added = after.filter((name) => !before.includes(name));
      return [
        ...(gone.length === 0 ? [] : entry("destroys", `closed to ${list(gone.map(code))}: nothing is fetched there any more`)),
        ...(added.length === 0 ? [] : entry("secrets", `open to ${list(added.map(code))}`)),
        ...(changed.length === 0
          ? []
          : entry(
              "secrets",
              `another ${list([...new Set(changed.map((name) => STORE_FIELDS[name] ?? code(name)))])}: everything that is fetched through it comes from there`,
            )),
        ...(changed.length + gone.length + added.length === 0 ? entry("secrets", "labels and annotations") : []),
      ];
    }
    case "left":
    case "kept":
    case "other":
      return [];
  }
}

function namespaces({ old, new: now }: Change): [before: string[], after: string[]] {
  const of = (state: Change["old"]) => {
    const { conditions } = (state?.inputs?.spec ?? {}) as { conditions?: unknown };
    return (Array.isArray(conditions) ? conditions : []).flatMap((condition: unknown) => {
      const names = property({ condition }, "condition.namespaces");
      return Array.isArray(names) ? (names as string[]) : [];
    });
  };
  return [of(old), of(now)];
}

function copy(change: Change): Entry[] {
  const who = code(title(change));
  const isRemoved = both(change, "spec.deletionPolicy")[0] === "Delete";
  const entry = (section: Entry["section"], what: string): Entry[] => [{ section, who, what }];
  switch (change.action) {
    case "create":
    case "import":
      return entry("secrets", "copied into Vault from now on");
    case "delete":
      return isRemoved
        ? entry("destroys", "the copy in Vault is removed")
        : entry("secrets", "the copy in Vault stays, and is not kept up to date");
    case "replace":
      return entry("secrets", "the copy in Vault is made again");
    case "update":
      return entry("secrets", "copied into Vault again");
    case "left":
    case "kept":
    case "other":
      return [];
  }
}
