import { loginRole, roleSecret, SLOTS, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { ADOPTED, isListed, type RotationEntry } from "../config/rotation";
import type { Problem } from "../config/problem";
import { countOf, entryText, fullEntry, generationOf, inUse, rotated, switched, UNUSED } from "./entry";
import { liveLogins, type LiveCredential, type LiveLogins } from "./live";
import { isAdopted, type PlannedService, type RotationPlan } from "./plan";

/** Whether this `up` gives the application another credential. */
export function changesCredential({ service, plan }: PlannedService, live: LiveCredential): boolean {
  const { current } = liveLogins(service, live);
  if (current === undefined) return false;
  return current !== plan.active.slot || ![undefined, plan.active.generation].includes(live.application?.generation);
}

/**
 * Refuses what must not be, as the cluster is. The rule that everything else follows from: the login
 * that the application's Secret names now is not touched while another can take its place. Which
 * one it names is read off the Secret itself, whatever an interrupted run came to.
 */
export function checkRotation({ service, plan }: PlannedService, live: LiveCredential, settleSeconds: number, now = new Date()): Problem[] {
  const found = liveLogins(service, live);
  const judged: Judged = { service, plan, live, found };
  const former = formerlyAdopted(judged);
  if (former.length > 0) return former;
  if (found.current === undefined) {
    const lost = lostSecret(judged);
    return lost.length > 0 ? lost : [...backwards(judged), ...leftOver(judged)];
  }
  const left = leaves(judged, found.current);
  const ended = left.length > 0 ? left : replaces(judged, found.current);
  if (ended.length > 0) return ended;
  const named = stillNamed(judged, found.current);
  if (named.length > 0) return named;
  return [...endsTooSoon(judged, found.current, settleSeconds, now), ...backwards(judged), ...leftOver(judged)];
}

interface Judged {
  readonly service: Service;
  readonly plan: RotationPlan;
  readonly live: LiveCredential;
  readonly found: LiveLogins;
}

/** The generation that a login's password is to have, of one that may log in. */
function wanted({ plan }: Pick<Judged, "plan">, slot: Slot): string | undefined {
  return plan.logins.find((login) => login.slot === slot && login.login)?.generation;
}

/** A login that is made anew would begin with the password of the login in use by now. */
function formerlyAdopted(judged: Judged): Problem[] {
  const { service, live } = judged;
  const own = SLOTS.find((slot) => roleSecret(service.name, slot) === service.adopt?.secret);
  if (own === undefined || Object.keys(live.generations).length === 0) return [];
  if (wanted(judged, own) === undefined || ![undefined, UNUSED].includes(live.generations[own])) return [];
  return [
    {
      path: `services.${service.name}.adopt`,
      message: `names the Secret of ${loginRole(service.role, own)}, whose password is gone and is made anew`,
      remedy: "remove it: what was adopted has been replaced",
    },
  ];
}

/** The login in use is not among those that may log in. */
function leaves(judged: Judged, current: Slot): Problem[] {
  if (wanted(judged, current) !== undefined) return [];
  const { service, plan } = judged;
  const role = loginRole(service.role, current);
  const isRetired = service.rotation.entry[current] === "retired";
  const what = isRetired ? `retires ${role}, which` : `does not keep ${role}, which`;
  return [
    refusal(
      service,
      `${what} the Secret \`${service.secret}\` still names: ${plan.active.role} takes its place first`,
      `write ${yaml(judged, keeping(judged))}, and retire it (\`npm run retire -- ${service.name}\`) when nothing uses it any more`,
    ),
  ];
}

/**
 * The password in use would be another, although a login that is proven first could take its place.
 */
function replaces(judged: Judged, current: Slot): Problem[] {
  const { service, plan, live, found } = judged;
  const { strategy } = service.rotation;
  const login = plan.logins.find(({ slot }) => slot === current)!;
  const role = login.role;
  const is = found.generations[current];
  if (live.generations[current] === undefined && live.application?.generation === undefined)
    return service.adopt === undefined || isAdopted(service, plan, login) ? [] : [notAdopted(judged)];
  if (is === undefined || is === login.generation) return [];
  if (strategy === "inPlace" && current === "owner") {
    // There is no other login, unless the one before may still log in.
    if (plan.previous === undefined) return [];
    return [
      refusal(
        service,
        `replaces the password of ${role}, which is in use, while ${loginRole(service.role, plan.previous)} may still log in`,
        `write ${yaml(judged, { ...full(judged), a: "retired", b: "retired" })}, as \`npm run rotate -- ${service.name}\` does`,
      ),
    ];
  }
  const kept = { ...full(judged), [current]: generationOf(is) };
  return [
    refusal(
      service,
      `replaces the password of ${role}, which is in use: the Secret \`${service.secret}\` names it`,
      current === plan.active.slot
        ? `write ${yaml(judged, rotated(strategy, kept))}, which is the other login's turn`
        : `write ${yaml(judged, kept)}, which keeps it until ${plan.active.role} has taken its place`,
    ),
  ];
}

/** The service would begin with another password than the one that it is to adopt. */
function notAdopted(judged: Judged): Problem {
  const { service } = judged;
  const begun = full(judged);
  return refusal(
    service,
    "does not begin with the password that is adopted: its generation is not the first one",
    service.rotation.strategy === "inPlace"
      ? `write ${yaml(judged, { ...begun, first: begun.generation })}, or remove \`services.${service.name}.adopt\``
      : `write ${yaml(judged, { ...begun, owner: ADOPTED })}, or remove \`services.${service.name}.adopt\``,
  );
}

/** The Secret of another namespace is behind: an `up` that was killed has not come to it. */
function stillNamed(judged: Judged, current: Slot): Problem[] {
  const { service, found, live } = judged;
  const ends = (slot: Slot) =>
    slot !== current && found.generations[slot] !== undefined && wanted(judged, slot) !== found.generations[slot];
  return SLOTS.filter(ends).flatMap((slot) => {
    const role = loginRole(service.role, slot);
    const behind = (live.copies ?? []).filter(({ login }) => login === role).map(({ namespace }) => `\`${namespace}/${service.secret}\``);
    if (behind.length === 0) return [];
    return [
      refusal(
        service,
        `ends the credential of ${role}, which ${behind.length === 1 ? "the Secret" : "the Secrets"} ${behind.join(", ")} still ${behind.length === 1 ? "names" : "name"}`,
        "take the change back and run `pulumi up`, which gives applications there the login in use; change it then",
      ),
    ];
  });
}

/** A password that containers may still hold would not let them in. */
function endsTooSoon(judged: Judged, current: Slot, settleSeconds: number, now: Date): Problem[] {
  const { service, found, live } = judged;
  const changedAt = Math.max(...[live.application, ...(live.copies ?? [])].map((one) => one?.changedAt?.getTime() ?? 0));
  const until = changedAt + settleSeconds * 1000;
  if (until <= now.getTime()) return [];
  // Whatever else has a password has been closed before the Secret was written: its own goes last.
  return SLOTS.filter(
    (slot) =>
      slot === found.previous &&
      slot !== current &&
      found.generations[slot] !== undefined &&
      wanted(judged, slot) !== found.generations[slot],
  ).map((slot) =>
    refusal(
      service,
      `ends the credential of ${loginRole(service.role, slot)}, which containers may still hold: the last change is less than ${settleSeconds} s ago (kubelet refreshes mounted Secrets with a delay)`,
      `wait until ${new Date(until).toISOString()}, or lower \`rotation.settleSeconds\``,
    ),
  );
}

/** A generation that a password has had does not bring that password back. */
function backwards(judged: Judged): Problem[] {
  const { service, found } = judged;
  return SLOTS.flatMap((slot) => {
    const [is, becomes] = [found.generations[slot], wanted(judged, slot)].map((text) => (text === undefined ? text : generationOf(text)));
    if (is === undefined || becomes === undefined || countOf(becomes) >= countOf(is)) return [];
    const key = service.rotation.strategy === "inPlace" && slot === "owner" ? "generation" : slot;
    return [
      refusal(
        service,
        `goes back from ${is} to ${becomes} for ${loginRole(service.role, slot)}, which would be another password, not the one of then`,
        `write ${yaml(judged, { ...full(judged), [key]: is })} to keep the password that it has, or ${countOf(is) + 1} to replace it`,
      ),
    ];
  });
}

/**
 * The Secret that says which login is in use is gone, and a password that may be the one would be
 * another.
 */
function lostSecret(judged: Judged): Problem[] {
  const { service, found } = judged;
  const good = SLOTS.filter((slot) => found.generations[slot] !== undefined);
  // In place, the owner's is the one in use, unless another may still log in.
  const isKnown = service.rotation.strategy === "inPlace" && good.every((slot) => slot === "owner");
  if (isKnown || good.every((slot) => wanted(judged, slot) === found.generations[slot])) return [];
  return [
    refusal(
      service,
      `the Secret \`${service.secret}\`, which says which login is in use, is gone, and a password that may be the one would be replaced`,
      "take the change back, run `pulumi up`, which makes the Secret again, and rotate then",
    ),
  ];
}

/**
 * A login of which nothing says what becomes of it: in place, one from when they took turns; else
 * the one before the one in use, while it may still log in.
 */
function leftOver(judged: Judged): Problem[] {
  const { service, live, found } = judged;
  const { strategy, entry } = service.rotation;
  const isInPlace = strategy === "inPlace";
  const left = SLOTS.filter(
    (slot) =>
      entry[slot] === undefined &&
      slot !== inUse(strategy, entry) &&
      (isInPlace ? live.generations[slot] !== undefined : slot === found.previous && found.generations[slot] !== undefined),
  );
  if (left.length === 0) return [];
  const roles = left.map((slot) => loginRole(service.role, slot)).join(" and ");
  const said = (value: (slot: Slot) => RotationEntry["owner"]) => ({
    ...full(judged),
    ...Object.fromEntries(left.map((slot) => [slot, value(slot)])),
  });
  return [
    isInPlace
      ? refusal(
          service,
          `does not say what becomes of ${roles}, from when logins took turns`,
          `write ${yaml(
            judged,
            said(() => "retired"),
          )}, which drops for good what it retires`,
        )
      : refusal(
          service,
          `does not say what becomes of ${roles}, which may still log in`,
          `write ${yaml(
            judged,
            said((slot) => generationOf(found.generations[slot]!)),
          )}, or \`retired\` in its place when nothing uses it any more`,
        ),
  ];
}

/** The same, with the login in use kept beside the one that takes its place. */
function keeping(judged: Judged): RotationEntry {
  const { service, live, found } = judged;
  const { strategy, entry } = service.rotation;
  const current = found.current!;
  const generation = generationOf(found.generations[current] ?? "0.0.0");
  // Nothing is said of the service yet: the next one is the first of its turns.
  if (strategy === "alternating" && Object.keys(entry).length === 0 && current === "owner")
    return { ...switched("inPlace", { generation }), owner: generation };
  const active = inUse(strategy, entry);
  const before = SLOTS.filter((slot) => slot !== active && slot !== current);
  const over = before.filter((slot) => isListed(entry[slot]) || (strategy === "inPlace" && live.generations[slot] !== undefined));
  return { ...full(judged), ...Object.fromEntries(over.map((slot) => [slot, "retired"])), [current]: generation };
}

const full = ({ service: { rotation } }: Pick<Judged, "service">) => fullEntry(rotation.strategy, rotation.entry);

function yaml({ service }: Pick<Judged, "service">, entry: RotationEntry): string {
  return `\`${service.name}: ${entryText(entry)}\``;
}

function refusal({ name }: Service, message: string, remedy: string): Problem {
  return { path: `rotation.services.${name}`, message, remedy };
}
