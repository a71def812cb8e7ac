import { isKind, isWithin, title, type Change } from "../change";
import { code, type Entry, type Told } from "../entry";
import { EXTERNAL_SECRETS } from "../../../kube/kinds/groups";

const COMPONENTS = [
  "Vault",
  "VaultServer",
  "VaultBootstrap",
  "VaultConfiguration",
  "VaultCertificate",
  "AzureSeal",
  "SecretStore",
  "CredentialMirror",
];

/** What becomes of Vault, of what is set up in it, and of the key in Azure that unseals it. */
export function tellVault(changes: readonly Change[]): Told {
  const about = changes.filter(
    (one) => /^(?:vault|azure-native):/.test(one.type) || (isWithin(one, ...COMPONENTS) && !isKind(one, EXTERNAL_SECRETS.group, one.kind)),
  );
  return { about, entries: about.flatMap(tell) };
}

function tell(change: Change): Entry[] {
  const who = `${change.kind} ${code(title(change))}`;
  const entry = (section: Entry["section"], what: string): Entry[] => [{ section, who, what }];
  switch (change.action) {
    case "create":
    case "import":
      return entry("vault", change.action === "import" ? "taken over as it is" : "new");
    case "delete":
      return entry("destroys", `deleted${lost(change)}`);
    case "replace":
      // A run that is over.
      if (change.kind === "Job") return entry("vault", "run again");
      // Called after what is in it.
      if (change.kind === "ConfigMap" && isWithin(change, "VaultBootstrap")) return entry("vault", "changed");
      return entry("destroys", `deleted and made again${lost(change)}`);
    case "update":
      return change.kind === "StatefulSet" ? entry("restarts", "Vault, one pod after the other") : entry("vault", "changed");
    case "left":
      return entry("vault", "left in Vault, and not managed any more");
    case "kept":
    case "other":
      return [];
  }
}

/** What is gone with it, for good or in between. */
function lost({ type, kind, name, action }: Change): string {
  const isBack = action === "replace";
  if (type.startsWith("azure-native:")) return ": without its key in Azure, Vault stays sealed for good";
  if (kind === "StatefulSet") return `: nothing is fetched from Vault ${isBack ? "in between" : "any more"}`;
  if (kind === "Mount") return ", with everything in it";
  if (kind === "Secret") return isBack ? ": its readers find it missing in between" : "";
  if (!/^Random/.test(kind) || !name.startsWith("fixture-")) return "";
  return isBack ? ": a value in Vault, whose readers get another" : ": nobody knows this value of Vault's any more but Vault";
}
