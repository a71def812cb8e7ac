import type { Problem } from "../config/problem";
import type { ClusterConfig } from "../config/schema";
import { poolersProvenByName, type Service } from "./service";

/** Postgres's own defaults. */
const DEFAULTS = { max_connections: 100, superuser_reserved_connections: 3, reserved_connections: 0 } as const;
/** What CloudNativePG's operator and exporter connect with, and what the Jobs and commands of this program do. */
const OPERATORS = 5;
/** What a Pooler looks up passwords with. */
const EACH_POOLER = 5;

/** A service, and the limit that its record or the stack gives it; `undefined` where neither says anything, -1 where there is to be none. */
export interface Limited {
  readonly service: Service;
  readonly declared: number | undefined;
}

/**
 * How many connections each service may have. Those that say nothing get half of what the declared
 * ones leave, and a single one all of it: none takes everybody's, and none that has done with less
 * until now is held back. A limit is a role's: where two logins take turns, each has half of that,
 * as both may be in use.
 */
export function limitConnections(
  services: readonly Limited[],
  { parameters }: Pick<ClusterConfig, "parameters">,
): { services: Service[] } | { problems: Problem[] } {
  const [max, superusers, reserved] = (Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]).map((name) =>
    numberOf(parameters[name] ?? String(DEFAULTS[name])),
  );
  // Postgres has its own word on what is no number.
  if (max === undefined || superusers === undefined || reserved === undefined)
    return { services: services.map(({ service, declared = -1 }) => ({ ...service, connectionLimit: declared })) };
  const poolers = poolersProvenByName(services.map(({ service }) => service)).length;
  const kept = superusers + reserved + OPERATORS + EACH_POOLER * poolers;
  const declared = services.flatMap(({ service, declared: limit = -1 }) =>
    limit > 0 ? [{ name: service.name, limit, logins: loginsOf(service) }] : [],
  );
  const taken = declared.reduce((sum, { limit, logins }) => sum + limit * logins, 0);
  const silent = services.filter((one) => one.declared === undefined).reduce((sum, { service }) => sum + loginsOf(service), 0);
  const left = max - kept - taken;
  if (declared.length > 0 && left < silent)
    return {
      problems: [
        {
          path: "services",
          message: `their connection limits are ${declared.map(({ name, limit, logins }) => `${name} ${logins === 1 ? "" : `${logins} × `}${limit}`).join(", ")}, ${taken} in all${silent === 0 ? "" : `, and ${silent} logins without one need one each`}: Postgres has ${max - kept} for them (${arithmetic({ max, superusers, reserved, poolers })})`,
          remedy: "lower `connectionLimit` of some, or raise `cluster.parameters.max_connections`; -1 is unlimited",
        },
      ],
    };
  const quiet = services.filter((one) => one.declared === undefined).length;
  const share = (logins: number) => Math.max(1, Math.floor(left / Math.min(quiet, 2) / logins));
  return {
    services: services.map(({ service, declared: limit }) => ({
      ...service,
      ...(limit === undefined ? { connectionLimit: share(loginsOf(service)), hasShare: true } : { connectionLimit: limit }),
    })),
  };
}

function arithmetic({
  max,
  superusers,
  reserved,
  poolers,
}: Readonly<Record<"max" | "superusers" | "reserved" | "poolers", number>>): string {
  const less = [
    `${superusers} for superusers`,
    ...(reserved === 0 ? [] : [`${reserved} that are reserved`]),
    `${OPERATORS} for CloudNativePG and commands`,
    ...(poolers === 0 ? [] : [`${EACH_POOLER} for each of ${poolers} Poolers`]),
  ];
  return `\`max_connections\` ${max}, less ${less.join(", ")}`;
}

const loginsOf = ({ rotation }: Pick<Service, "rotation">) => (rotation.strategy === "alternating" ? 2 : 1);

function numberOf(text: string): number | undefined {
  return /^\s*\d{1,7}\s*$/.test(text) ? Number(text) : undefined;
}
