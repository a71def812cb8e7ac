import { roleSecret } from "../../catalog/names";
import { firstOwner, secretOfFirstOwner } from "../../kube/bootstrap";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";

/**
 * What would set a password back: CloudNativePG gives the owner that the Cluster was made with the
 * password of that Secret, at each start of a primary, whatever has been rotated since.
 */
export function checkFirstOwner(desired: Desired, { cluster, secrets }: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const first = firstOwner(desired.cluster, cluster?.spec.bootstrap);
  const declared = desired.roles.find(({ spec, service }) => spec.name === first?.role && service !== null);
  if (first === undefined || declared?.service == null) return { findings: [], notes: [] };
  const { service, spec } = declared;
  const wanted = (spec.passwordSecret?.name as string | undefined) ?? roleSecret(service, "owner");
  if (first.secret === wanted) return { findings: [], notes: [] };
  const [source, own] = [first.secret, wanted].map((name) => secrets.get(name)?.data.password);
  const said = `Cluster ${desired.cluster} was made (${first.way}) with ${first.role} as owner and the Secret ${first.secret}`;
  const lead = commands.patch([kubectlKind("clusters", CNPG), desired.cluster], secretOfFirstOwner(first, wanted));
  if (source !== undefined && source === own)
    return {
      findings: [],
      notes: [
        {
          service,
          check: "cluster",
          text: `${said}: both have the same password, and from the next rotation on a start of the primary sets the old one back, unless it is led to the role's own Secret`,
          command: lead,
        },
      ],
    };
  return {
    findings: [
      {
        service,
        check: "cluster",
        suspect: `${said}, from which CloudNativePG sets the password at each start of a primary`,
        truth: `the password is that of Secret ${wanted}; this leads it there, and restarts nothing`,
        mend: lead,
      },
    ],
    notes: [],
  };
}
