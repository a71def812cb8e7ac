import { podsOf, type Pod } from "../pods";
import { kindOf, type Resource } from "../resource";
import { violation, type ResourceRule, type Violation } from "../rule";
import { at, isObject, objects, texts, UNKNOWN, type Properties, type Value } from "../values";

/**
 * Kubernetes' Pod Security Standards, profile "restricted", as of 1.34:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const podSecurity: ResourceRule = {
  name: "pod-security",
  description: "Pods keep to the profile `restricted` of Kubernetes' Pod Security Standards.",
  level: "mandatory",
  concerns: (type) => kindOf({ type }) !== undefined,
  check: (resource) => podsOf(resource).flatMap((pod) => [...checkPod(resource, pod), ...checkContainers(resource, pod)]),
};

type Report = (where: string, what: string, remedy: string) => Violation[];

const reporter =
  (resource: Resource): Report =>
  (where, what, remedy) => [violation(resource, `${what}, which the profile \`restricted\` forbids`, remedy, where)];

const VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];

function checkPod(resource: Resource, { where, spec }: Pod): Violation[] {
  const report = reporter(resource);
  const context = spec.securityContext;
  return [
    ...["hostNetwork", "hostPID", "hostIPC"].flatMap((field) =>
      spec[field] === true ? report(`${where}.${field}`, "shares the node's", "take it out") : [],
    ),
    ...objects(spec, "volumes").flatMap((volume) =>
      Object.keys(volume)
        .filter((kind) => kind !== "name" && !VOLUMES.includes(kind))
        .flatMap((kind) => report(`${where}.volumes`, `has a volume of kind ${kind}`, `use one of ${VOLUMES.join(", ")}`)),
    ),
    ...objects(context, "sysctls").flatMap(({ name }) =>
      typeof name === "string" && !SYSCTLS.includes(name)
        ? report(`${where}.securityContext.sysctls`, `sets ${name} of the node`, "take it out")
        : [],
    ),
    ...(context === undefined ? [] : checkShared(context, `${where}.securityContext`, report)),
  ];
}

function checkContainers(resource: Resource, { spec, containers }: Pod): Violation[] {
  const report = reporter(resource);
  const pod = spec.securityContext;
  return containers.flatMap(({ where, container }) => {
    const context = container.securityContext;
    const place = `${where}.securityContext`;
    const inherited = (field: string) => at(context, field) ?? at(pod, field);
    const dropped = texts(context, "capabilities", "drop");
    return [
      ...(context === undefined ? [] : checkShared(context, place, report)),
      ...(at(context, "privileged") === true ? report(place, "may do on the node whatever it likes", "take `privileged` out") : []),
      ...(is(at(context, "allowPrivilegeEscalation"), false)
        ? []
        : report(place, "may gain more privileges than it begins with", "set `allowPrivilegeEscalation: false`")),
      ...(is(inherited("runAsNonRoot"), true) ? [] : report(place, "may run as root", "set `runAsNonRoot: true`, here or for the pod")),
      ...(dropped.includes("ALL") || at(context, "capabilities", "drop") === UNKNOWN
        ? []
        : report(place, "keeps capabilities", 'set `capabilities: { drop: ["ALL"] }`')),
      ...texts(context, "capabilities", "add")
        .filter((one) => one !== "NET_BIND_SERVICE")
        .flatMap((one) => report(place, `adds the capability ${one}`, "take it out")),
      ...(isSeccomp(inherited("seccompProfile"))
        ? []
        : report(place, "may make any system call", "set `seccompProfile: { type: RuntimeDefault }`, here or for the pod")),
      ...(at(context, "procMount") === "Unmasked" ? report(place, "sees more of /proc than it may", "take `procMount` out") : []),
      ...objects(container, "ports").flatMap(({ hostPort }) =>
        typeof hostPort === "number" && hostPort !== 0 ? report(`${where}.ports`, "takes a port of the node", "take `hostPort` out") : [],
      ),
      ...probes(container).flatMap(([name, host]) =>
        host === undefined || host === "" ? [] : report(`${where}.${name}`, "has the node ask another host", "take `host` out"),
      ),
    ];
  });
}

/** What a pod and a container may say alike. */
function checkShared(context: Value, where: string, report: Report): Violation[] {
  const selinux = at(context, "seLinuxOptions");
  const type = at(selinux, "type");
  const apparmor = at(context, "appArmorProfile", "type");
  const known = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
  return [
    ...(at(context, "windowsOptions", "hostProcess") === true ? report(where, "is a process of the node's", "take `hostProcess` out") : []),
    ...(at(context, "runAsUser") === 0 ? report(`${where}.runAsUser`, "runs as root", "take another user") : []),
    ...(at(context, "runAsNonRoot") === false ? report(`${where}.runAsNonRoot`, "may run as root", "set it to `true`") : []),
    ...(apparmor === "Unconfined" ? report(`${where}.appArmorProfile`, "is not confined by AppArmor", "take it out") : []),
    ...(at(context, "seccompProfile", "type") === "Unconfined"
      ? report(`${where}.seccompProfile`, "may make any system call", "set it to `RuntimeDefault`")
      : []),
    ...(isObject(selinux) &&
    ((typeof type === "string" && type !== "" && !known.includes(type)) || ["user", "role"].some((field) => Boolean(selinux[field])))
      ? report(`${where}.seLinuxOptions`, "has another SELinux context", "take it out")
      : []),
  ];
}

/** Who is asked by probes and handlers, each with where that is said. */
function probes(container: Properties): [string, Value][] {
  const handlers: [string, Value][] = [
    ...["livenessProbe", "readinessProbe", "startupProbe"].map((name): [string, Value] => [name, container[name]]),
    ...["postStart", "preStop"].map((name): [string, Value] => [`lifecycle.${name}`, at(container, "lifecycle", name)]),
  ];
  return handlers.flatMap(([name, handler]) =>
    ["httpGet", "tcpSocket"].map((kind): [string, Value] => [`${name}.${kind}.host`, at(handler, kind, "host")]),
  );
}

const is = (value: Value, wanted: Value) => value === wanted || value === UNKNOWN;

const isSeccomp = (value: Value) => is(at(value, "type"), "RuntimeDefault") || at(value, "type") === "Localhost";
