import { authorityConfigMap, authoritySecret, operatorAuthority, readAuthorities, type AuthorityName } from "../catalog/authorities";
import type { Problem } from "../config/problem";
import { named } from "./marks";
import { isOurs, isOwn, liveCopies } from "./ownership";
import type { ClusterFacts, FoundAuthorities, Marks, PreflightRequest } from "./types";

const RUNBOOK = "see docs/runbooks/tls.md";

/** Whose authority has signed what Postgres shows. */
function signer({ mark, serverCaSecret }: NonNullable<ClusterFacts["liveCluster"]>, request: PreflightRequest): AuthorityName | undefined {
  if (mark !== undefined) return readAuthorities(mark)[0];
  return serverCaSecret === authoritySecret(request.cluster.name) ? undefined : "operator";
}

/** The Secrets that applications read, as they are. Those of former releases have no certificates: who proves the server has mounted CloudNativePG's. */
function applications(
  request: PreflightRequest,
  facts: ClusterFacts,
): { service: string; marks: Marks; trusts: readonly AuthorityName[] }[] {
  const secrets = new Map(facts.objects.secrets?.map((secret) => [secret.name, secret]));
  return request.services.flatMap((service) => {
    const { name, secret } = service;
    const copies = liveCopies(service, request, facts).map(({ namespace, marks }) => ({ of: `${name} in ${namespace}`, marks }));
    return [{ of: name, marks: secrets.get(secret) }, ...copies].flatMap(({ of, marks }) =>
      marks?.login === undefined
        ? []
        : [{ service: of, marks, trusts: marks.authorities === undefined ? (["operator"] as const) : readAuthorities(marks.authorities) }],
    );
  });
}

/** Whether clients that prove the server go on while the authorities become those of the file. */
export function checkAuthorities(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const path = "tls.authorities";
  const { authorities: wanted } = request;
  const [first] = wanted;
  // Of one that is somebody else's, that it is not there is said.
  if (request.cluster.existing && facts.liveCluster === undefined) return [];
  if (facts.liveCluster === undefined)
    return wanted.includes("operator")
      ? [{ path, message: "`operator` is among them, and a Cluster that is not there yet has no such authority", remedy: "leave it out" }]
      : [];
  if (wanted.includes("operator") && facts.authorities?.operator === undefined && !request.isPreview)
    return [
      {
        path,
        message: `\`operator\` is among them, and the Secret ${operatorSecret(request, facts)} is not there, has no \`ca.crt\`, or may not be read`,
        remedy: "let this account `get` that one Secret: its `ca.crt` is handed on to applications",
      },
    ];
  if (request.cluster.existing) return [];
  // One of somebody else's is refused for that, and stays as it is.
  const marks = facts.objects.clusters?.find(({ name }) => name === request.cluster.name);
  if (marks !== undefined && !isOurs(marks, request)) return [];
  const { ownCertificate } = facts.liveCluster;
  if (ownCertificate !== undefined && first !== "operator")
    return [
      {
        path,
        message: `the Cluster shows a certificate of somebody's (\`spec.certificates.serverTLSSecret: ${ownCertificate}\`), which ${first === undefined ? "no authority here" : whose(first)} has not signed: clients that prove the server would refuse it`,
        remedy: `let \`operator\` be the first, which is the authority in its \`serverCASecret\`; or take \`serverTLSSecret\` out of the Cluster, once every client trusts the other; ${RUNBOOK}`,
      },
    ];
  const kept = named(facts.objects.configmaps, authorityConfigMap(request.cluster.name));
  if (kept?.authorities !== undefined && isOwn(kept, request) && request.takeOver === undefined && givenIs(facts, request))
    return [
      {
        path: "takeOver",
        message: `is not set, and the authority that signs what Postgres shows is in the Secret ${authoritySecret(request.cluster.name)} alone: this state let go of it with the Cluster (\`cluster.existing\`)`,
        remedy: `set \`takeOver: ${request.owner ?? kept.owner}\` for this one \`up\`, which takes it over; docs/existing-cluster.md`,
      },
    ];
  const signs = signer(facts.liveCluster, request);
  if (signs === undefined || first === undefined || first === signs) return [];
  const live = applications(request, facts);
  const without = live.filter(({ trusts }) => !trusts.includes(first));
  const list = (...names: readonly AuthorityName[]) => `\`authorities: [${[...new Set(names)].join(", ")}]\``;
  // A Cluster of before this program has had authorities, or of before this program: nobody knows who proves it.
  if (without.length > 0 || facts.liveCluster.mark === undefined)
    return [
      {
        path,
        message: `${whose(first)} is to sign what Postgres shows, and ${without.length === 0 ? "no application has" : `the Secrets of ${without.map(({ service }) => service).join(", ")} do not have`} its certificate: clients that prove the server would refuse it`,
        remedy: `have it trusted first, by ${list(signs, first)}${signs === "operator" ? " and the `mode` that applications have been told so far" : ""}; ${RUNBOOK}`,
      },
    ];
  if (!wanted.includes(signs))
    return [
      {
        path,
        message: `${whose(signs)} has signed what Postgres shows, and is left out`,
        remedy: `have it trusted until the other one has signed: ${list(first, ...wanted, signs)}; ${RUNBOOK}`,
      },
    ];
  return tooEarly(request, live);
}

/** Whether the Cluster signs with an authority that this program has made. */
function givenIs({ liveCluster }: ClusterFacts, { cluster, authorities }: PreflightRequest): boolean {
  return liveCluster?.serverCaSecret === authoritySecret(cluster.name) && authorities.some((one) => one !== "operator");
}

/** The Secret with CloudNativePG's own authority, or the one that the Cluster was given before it was ours. */
export function operatorSecret(
  { cluster: { name, existing } }: PreflightRequest,
  { liveCluster }: Pick<ClusterFacts, "liveCluster">,
): string {
  // One that is somebody else's has one authority, whatever that is called.
  if (existing) return liveCluster?.provenBy ?? operatorAuthority(name);
  const given = liveCluster?.serverCaSecret ?? liveCluster?.provenBy;
  return given === undefined || given === authoritySecret(name) ? operatorAuthority(name) : given;
}

function whose(name: AuthorityName): string {
  return name === "operator" ? "CloudNativePG's own authority" : `the authority ${name}`;
}

/** A mounted Secret follows after a while. */
function tooEarly({ settleSeconds }: PreflightRequest, live: ReturnType<typeof applications>): Problem[] {
  const last = Math.max(0, ...live.map(({ marks }) => marks.changedAt?.getTime() ?? 0));
  const age = Math.floor((Date.now() - last) / 1000);
  if (age >= settleSeconds) return [];
  return [
    {
      path: "tls.authorities",
      message: `another one is to sign, and applications were given its certificate ${Math.max(0, age)} s ago`,
      remedy: `wait ${settleSeconds - age} s, and restart what reads its Secret at its start only; ${RUNBOOK}`,
    },
  ];
}

/** A default must not change what an application reads: it would look for a file that nobody has mounted. */
export function checkModes(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const live = new Map(applications(request, facts).map((one) => [one.service, one.marks.tls]));
  const changed = request.services.filter(
    ({ name, tls }) => !tls.isSaid && tls.mode.startsWith("verify-") && live.has(name) && live.get(name) !== tls.mode,
  );
  if (changed.length === 0) return [];
  const names = changed.map(({ name }) => name).join(", ");
  return [
    {
      path: "tls.mode",
      message: `is not set, and by default the Secrets of ${names} would change to \`${changed[0]!.tls.mode}\`: without \`ca.crt\` mounted, an application that follows them cannot connect`,
      remedy: `set what they have been told so far (\`require\`, unless the file said something else), and a service's own \`tls.mode: verify-full\` once it mounts \`ca.crt\` of its Secret; ${RUNBOOK}`,
    },
  ];
}

export function foundAuthorities(request: PreflightRequest, facts: ClusterFacts): FoundAuthorities {
  const { operator, own } = facts.authorities ?? {};
  const { mark } = facts.liveCluster ?? {};
  const number = mark === undefined ? undefined : readAuthorities(mark).find((one) => one !== "operator");
  return {
    ...(operator === undefined || !request.authorities.includes("operator") ? {} : { operator }),
    ...(own === undefined || number === undefined ? {} : { adopted: { [number]: own } }),
  };
}
