import * as assert from "node:assert/strict";
import { podSecurity as rule } from "../../../policy/rules/podSecurity";
import { judge, object, UNKNOWN } from "../../support/policy";

const CONTEXT = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const POD_CONTEXT = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const container = (change: object = {}) => ({ name: "main", securityContext: CONTEXT, ...change });
const pod = (change: object = {}) => ({ securityContext: POD_CONTEXT, containers: [container()], ...change });
const workload = (spec: object, type = "apps/v1:Deployment") => object(type, "mine", { spec: { template: { spec } } });

const POD = "spec.template.spec";
const MAIN = `${POD}.containers.main`;
const CONTAINER = `${MAIN}.securityContext`;
const VOLUMES = "configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret";
const said = (where: string, what: string, remedy: string, kind = "Deployment") =>
  `${kind} ameide-prod/mine, ${where}: ${what}, which the profile \`restricted\` forbids; ${remedy}`;
const ROOT = (where: string) => said(where, "may run as root", "set `runAsNonRoot: true`, here or for the pod");

describe("policy/rules/podSecurity", () => {
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

  const ofPod: [what: string, change: object, said: string][] = [
    ["hostNetwork", { hostNetwork: true }, said(`${POD}.hostNetwork`, "shares the node's", "take it out")],
    ["hostPID", { hostPID: true }, said(`${POD}.hostPID`, "shares the node's", "take it out")],
    ["hostIPC", { hostIPC: true }, said(`${POD}.hostIPC`, "shares the node's", "take it out")],
    [
      "a directory of the node",
      { volumes: [{ name: "a", hostPath: { path: "/" } }] },
      said(`${POD}.volumes`, "has a volume of kind hostPath", `use one of ${VOLUMES}`),
    ],
    ["nfs", { volumes: [{ name: "a", nfs: {} }] }, said(`${POD}.volumes`, "has a volume of kind nfs", `use one of ${VOLUMES}`)],
    [
      "a sysctl of the node",
      { securityContext: { ...POD_CONTEXT, sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
      said(`${POD}.securityContext.sysctls`, "sets kernel.msgmax of the node", "take it out"),
    ],
    ["no runAsNonRoot", { securityContext: { seccompProfile: POD_CONTEXT.seccompProfile } }, ROOT(CONTAINER)],
    [
      "no seccomp profile",
      { securityContext: { runAsNonRoot: true } },
      said(CONTAINER, "may make any system call", "set `seccompProfile: { type: RuntimeDefault }`, here or for the pod"),
    ],
    [
      "root by its number",
      { securityContext: { ...POD_CONTEXT, runAsUser: 0 } },
      said(`${POD}.securityContext.runAsUser`, "runs as root", "take another user"),
    ],
    [
      "no AppArmor",
      { securityContext: { ...POD_CONTEXT, appArmorProfile: { type: "Unconfined" } } },
      said(`${POD}.securityContext.appArmorProfile`, "is not confined by AppArmor", "take it out"),
    ],
    [
      "another type of SELinux",
      { securityContext: { ...POD_CONTEXT, seLinuxOptions: { type: "spc_t" } } },
      said(`${POD}.securityContext.seLinuxOptions`, "has another SELinux context", "take it out"),
    ],
    [
      "another user of SELinux",
      { securityContext: { ...POD_CONTEXT, seLinuxOptions: { user: "system_u" } } },
      said(`${POD}.securityContext.seLinuxOptions`, "has another SELinux context", "take it out"),
    ],
    [
      "a process of a Windows node",
      { securityContext: { ...POD_CONTEXT, windowsOptions: { hostProcess: true } } },
      said(`${POD}.securityContext`, "is a process of the node's", "take `hostProcess` out"),
    ],
  ];
  for (const [what, change, expected] of ofPod)
    it(`finds, of a pod, ${what}`, () => assert.deepEqual(judge(rule, [workload(pod(change))]), [expected]));

  const context = (change: object) => ({ securityContext: { ...CONTEXT, ...change } });
  const ofContainer: [what: string, change: object, said: string[]][] = [
    [
      "no security context",
      { securityContext: undefined },
      [
        said(CONTAINER, "may gain more privileges than it begins with", "set `allowPrivilegeEscalation: false`"),
        said(CONTAINER, "keeps capabilities", 'set `capabilities: { drop: ["ALL"] }`'),
      ],
    ],
    ["privileges", context({ privileged: true }), [said(CONTAINER, "may do on the node whatever it likes", "take `privileged` out")]],
    [
      "privilege escalation",
      context({ allowPrivilegeEscalation: true }),
      [said(CONTAINER, "may gain more privileges than it begins with", "set `allowPrivilegeEscalation: false`")],
    ],
    [
      "some capabilities dropped only",
      context({ capabilities: { drop: ["NET_RAW"] } }),
      [said(CONTAINER, "keeps capabilities", 'set `capabilities: { drop: ["ALL"] }`')],
    ],
    [
      "a capability added",
      context({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
      [said(CONTAINER, "adds the capability SYS_ADMIN", "take it out")],
    ],
    [
      "what its pod says, revoked",
      context({ runAsNonRoot: false }),
      [said(`${CONTAINER}.runAsNonRoot`, "may run as root", "set it to `true`"), ROOT(CONTAINER)],
    ],
    ["root by its number", context({ runAsUser: 0 }), [said(`${CONTAINER}.runAsUser`, "runs as root", "take another user")]],
    [
      "no seccomp, where its pod has it",
      context({ seccompProfile: { type: "Unconfined" } }),
      [
        said(`${CONTAINER}.seccompProfile`, "may make any system call", "set it to `RuntimeDefault`"),
        said(CONTAINER, "may make any system call", "set `seccompProfile: { type: RuntimeDefault }`, here or for the pod"),
      ],
    ],
    ["all of /proc", context({ procMount: "Unmasked" }), [said(CONTAINER, "sees more of /proc than it may", "take `procMount` out")]],
    ["a port of the node", { ports: [{ hostPort: 80 }] }, [said(`${MAIN}.ports`, "takes a port of the node", "take `hostPort` out")]],
    [
      "a probe of another host",
      { livenessProbe: { httpGet: { host: "169.254.169.254", path: "/" } } },
      [said(`${MAIN}.livenessProbe.httpGet.host`, "has the node ask another host", "take `host` out")],
    ],
    [
      "a handler that asks another host",
      { lifecycle: { preStop: { tcpSocket: { host: "10.0.0.1", port: 1 } } } },
      [said(`${MAIN}.lifecycle.preStop.tcpSocket.host`, "has the node ask another host", "take `host` out")],
    ],
  ];
  for (const [what, change, expected] of ofContainer)
    it(`finds, of a container, ${what}`, () =>
      assert.deepEqual(judge(rule, [workload(pod({ containers: [container(change)] }))]).sort(), [...expected].sort()));

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
      assert.deepEqual(judge(rule, [object(type, "mine", rest)]), [
        said(`${where}.initContainers.first.ports`, "takes a port of the node", "take `hostPort` out", type.split(":")[1]),
      ]);
  });
});
