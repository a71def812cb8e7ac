import { TLS_ANNOTATION } from "../../kube/marks";
import { isKind, kindOf } from "../resource";
import { violation, type ResourceRule } from "../rule";
import { text } from "../values";

/** What a client does that is told one of libpq's other modes. */
const INSTEAD: Readonly<Record<string, string>> = {
  "verify-ca": "takes every server with a certificate of the authority's, whatever its name",
  require: "gives its password to any server that answers in the place of Postgres",
  prefer: "gives its password to any server that answers in the place of Postgres, and speaks without TLS where that one wants it",
};

export const provenServer: ResourceRule = {
  name: "proven-server",
  description: "Clients are told to prove Postgres by its certificate and its name (`verify-full`).",
  // A stack from before authorities begins with `require`, for as long as applications take to
  // mount `ca.crt`.
  level: "advisory",
  settings: {
    unprovenStacks: { type: "array", items: { type: "string" }, description: "Stacks, by name, whose clients need not prove Postgres." },
  },
  concerns: (type) => kindOf({ type }) !== undefined,
  check: (resource, { unprovenStacks }) => {
    if (!isKind(resource, "core", "Secret") || (Array.isArray(unprovenStacks) && unprovenStacks.includes(resource.stack))) return [];
    const mode = text(resource.props, "metadata", "annotations", TLS_ANNOTATION);
    const instead = mode === undefined || !Object.hasOwn(INSTEAD, mode) ? undefined : INSTEAD[mode];
    if (instead === undefined) return [];
    return [
      violation(
        resource,
        `tells its application \`${mode}\`: it ${instead}`,
        "mount `ca.crt` of this Secret where `tls.ca` says, and take `tls.mode` out of the stack's file; or name the stack in `unprovenStacks`",
        `metadata.annotations.${TLS_ANNOTATION}`,
      ),
    ];
  },
};
