import { loginRole, SLOTS, type Slot } from "../catalog/names";
import { UNUSED } from "../rotation/entry";
import type { HeldPassword } from "../rotation/held";
import { generationsOf, type LiveCredential } from "../rotation/live";
import { named } from "./marks";
import { isOurs, isOwn, liveCopies } from "./ownership";
import type { ClusterFacts, PreflightRequest } from "./types";

/** What a service's Secrets say of its credential, those that are ours; of the application's also that it is there, to be adopted. */
export function liveCredential(
  service: PreflightRequest["services"][number],
  request: PreflightRequest,
  facts: ClusterFacts,
): LiveCredential {
  const find = (name: string) => named(facts.objects.secrets, name);
  const application = find(service.secret);
  const copies = liveCopies(service, request, facts).map(({ namespace, marks }) => ({ namespace, ...marks }));
  const ours = (name: string) => {
    const live = find(name);
    return live && isOurs(live, request) ? live : undefined;
  };
  return {
    ...(application === undefined ? {} : { application: isOurs(application, request) ? application : {} }),
    ...(copies.length === 0 ? {} : { copies }),
    generations: generationsOf(service.name, ours),
  };
}

/** The passwords of a service's logins that this state has made, as its Secrets have them: the logins' own, and the application's where one of those is gone. */
export function heldPasswords(
  { role, secret, roleSecrets, passwordKey, passwordForm }: PreflightRequest["services"][number],
  request: PreflightRequest,
  facts: ClusterFacts,
): Partial<Record<Slot, HeldPassword>> {
  const find = (name: string | undefined) => named(facts.objects.secrets, name);
  const application = find(secret);
  const held = SLOTS.flatMap((slot) => {
    const own = find(roleSecrets[slot]);
    const isNamed = application?.login === loginRole(role, slot);
    const live = own ?? (isNamed ? application : undefined);
    if (live === undefined || !isOwn(live, request)) return [];
    const { name, generation, madeAt } = live;
    if (generation === undefined || generation === UNUSED) return [];
    const key =
      live === own || (passwordKey === "password" && passwordForm === undefined)
        ? {}
        : { key: passwordKey, ...(passwordForm === undefined ? {} : { form: passwordForm }) };
    return [[slot, { secret: name, ...key, generation, ...(madeAt === undefined ? {} : { changedAt: madeAt }) }] as const];
  });
  return Object.fromEntries(held);
}
