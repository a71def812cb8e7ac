import * as assert from "node:assert/strict";
import { podSecurity as rule } from "../../../policy/rules/podSecurity";
import { finding, judge, object, UNKNOWN, type Told } from "../../support/policy";

const CONTEXT = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const POD_CONTEXT = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const container = (change: object = {}) => ({ name: "main", securityContext: CONTEXT, ...change });
const pod = (change: object = {}) => ({ securityContext: POD_CONTEXT, containers: [container()], ...change });
const workload = (spec: object, type = "apps/v1:Deployment") => object(type, "mine", { spec: { template: { spec } } });

const POD = "spec.template.spec";
const MAIN = `${POD}.containers.main`;
const CONTAINER = `${MAIN}.securityContext`;
const told = (where: string, what: string, kind = "Deployment"): Told => [`${kind} ameide-prod/mine, ${where}`, what];
const ROOT = (where: string) => told(where, "may run as root");

describe("policy/rules/podSecurity", () => {
  const finds = finding(rule);
  it("has nothing against pods that keep to the profile, however they say so, or against what has no pods", () => {
    const own = container({ securityContext: { ...CONTEXT, ...POD_CONTEXT, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } });
    const compliant = [
      workload(pod()),
      workload({ containers: [own] }),
      workload(pod({ containers: [container({ securityContext: UNKNOWN })], securityContext: UNKNOWN })),
      workload(pod({ containers: [container({ securityContext: { ...CONTEXT, seccompProfile: { type: "Localhost" } } })] })),
      workload(
        pod({
          volumes: [
            { name: "a", secret: {} },
            { name: "b", emptyDir: {} },
            { name: "c", projected: {} },
          ],
          securityContext: { ...POD_CONTEXT, runAsUser: 26, sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] },
        }),
      ),
      object("apps/v1:DeploymentPatch", "mine", { spec: { template: { spec: { containers: [{ name: "a" }] } } } }),
      object("postgresql.cnpg.io/v1:Cluster", "mine", { spec: { instances: 3 } }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  const ofPod: [what: string, change: object, told: Told][] = [
    ["hostNetwork", { hostNetwork: true }, told(`${POD}.hostNetwork`, "shares the node's")],
    ["hostPID", { hostPID: true }, told(`${POD}.hostPID`, "shares the node's")],
    ["hostIPC", { hostIPC: true }, told(`${POD}.hostIPC`, "shares the node's")],
    [
      "a directory of the node",
      { volumes: [{ name: "a", hostPath: { path: "/" } }] },
      told(`${POD}.volumes`, "has a volume of kind hostPath"),
    ],
    ["nfs", { volumes: [{ name: "a", nfs: {} }] }, told(`${POD}.volumes`, "has a volume of kind nfs")],
    [
      "a sysctl of the node",
      { securityContext: { ...POD_CONTEXT, sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
      told(`${POD}.securityContext.sysctls`, "sets kernel.msgmax of the node"),
    ],
    ["no runAsNonRoot", { securityContext: { seccompProfile: POD_CONTEXT.seccompProfile } }, ROOT(CONTAINER)],
    ["no seccomp profile", { securityContext: { runAsNonRoot: true } }, told(CONTAINER, "may make any system call")],
    ["root by its number", { securityContext: { ...POD_CONTEXT, runAsUser: 0 } }, told(`${POD}.securityContext.runAsUser`, "runs as root")],
    [
      "no AppArmor",
      { securityContext: { ...POD_CONTEXT, appArmorProfile: { type: "Unconfined" } } },
      told(`${POD}.securityContext.appArmorProfile`, "is not confined by AppArmor"),
    ],
    [
      "another type of SELinux",
      { securityContext: { ...POD_CONTEXT, seLinuxOptions: { type: "spc_t" } } },
      told(`${POD}.securityContext.seLinuxOptions`, "has another SELinux context"),
    ],
    [
      "another user of SELinux",
      { securityContext: { ...POD_CONTEXT, seLinuxOptions: { user: "system_u" } } },
      told(`${POD}.securityContext.seLinuxOptions`, "has another SELinux context"),
    ],
    [
      "a process of a Windows node",
      { securityContext: { ...POD_CONTEXT, windowsOptions: { hostProcess: true } } },
      told(`${POD}.securityContext`, "is a process of the node's"),
    ],
  ];
  for (const [what, change, expected] of ofPod) it(`finds, of a pod, ${what}`, () => finds([workload(pod(change))], [expected]));

  const context = (change: object) => ({ securityContext: { ...CONTEXT, ...change } });
  const ofContainer: [what: string, change: object, told: Told[]][] = [
    [
      "no security context",
      { securityContext: undefined },
      [told(CONTAINER, "may gain more privileges than it begins with"), told(CONTAINER, "keeps capabilities")],
    ],
    ["privileges", context({ privileged: true }), [told(CONTAINER, "may do on the node whatever it likes")]],
    [
      "privilege escalation",
      context({ allowPrivilegeEscalation: true }),
      [told(CONTAINER, "may gain more privileges than it begins with")],
    ],
    ["some capabilities dropped only", context({ capabilities: { drop: ["NET_RAW"] } }), [told(CONTAINER, "keeps capabilities")]],
    [
      "a capability added",
      context({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
      [told(CONTAINER, "adds the capability SYS_ADMIN")],
    ],
    [
      "what its pod says, revoked",
      context({ runAsNonRoot: false }),
      [told(`${CONTAINER}.runAsNonRoot`, "may run as root"), ROOT(CONTAINER)],
    ],
    ["root by its number", context({ runAsUser: 0 }), [told(`${CONTAINER}.runAsUser`, "runs as root")]],
    [
      "no seccomp, where its pod has it",
      context({ seccompProfile: { type: "Unconfined" } }),
      [told(`${CONTAINER}.seccompProfile`, "may make any system call"), told(CONTAINER, "may make any system call")],
    ],
    ["all of /proc", context({ procMount: "Unmasked" }), [told(CONTAINER, "sees more of /proc than it may")]],
    ["a port of the node", { ports: [{ hostPort: 80 }] }, [told(`${MAIN}.ports`, "takes a port of the node")]],
    [
      "a probe of another host",
      { livenessProbe: { httpGet: { host: "169.254.169.254", path: "/" } } },
      [told(`${MAIN}.livenessProbe.httpGet.host`, "has the node ask another host")],
    ],
    [
      "a handler that asks another host",
      { lifecycle: { preStop: { tcpSocket: { host: "10.0.0.1", port: 1 } } } },
      [told(`${MAIN}.lifecycle.preStop.tcpSocket.host`, "has the node ask another host")],
    ],
  ];
  for (const [what, change, expected] of ofContainer)
    it(`finds, of a container, ${what}`, () => finds([workload(pod({ containers: [container(change)] }))], expected));

  it("looks at all containers, of all kinds of workloads", () => {
    const spec = pod({ initContainers: [container({ name: "first", ports: [{ hostPort: 80 }] })] });
    const kinds: [type: string, rest: object, where: string][] = [
      ["core/v1:Pod", { spec }, "spec"],
      ...["apps/v1:StatefulSet", "apps/v1:DaemonSet", "batch/v1:Job"].map((type): [string, object, string] => [
        type,
        { spec: { template: { spec } } },
        POD,
      ]),
      ["batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: { spec } } } } }, "spec.jobTemplate.spec.template.spec"],
    ];
    for (const [type, rest, where] of kinds)
      finds([object(type, "mine", rest)], [told(`${where}.initContainers.first.ports`, "takes a port of the node", type.split(":")[1])]);
  });
});
