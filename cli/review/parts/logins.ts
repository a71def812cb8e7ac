import { PREVIOUS_ANNOTATION, TLS_ANNOTATION } from "../../../kube/marks";
import { both, isTouched, isWithin, title, told, type Change } from "../change";
import { restartedServices, type CredentialChange } from "../credentials";
import { code, type Entry, type Told } from "../entry";

/** What becomes of the services' passwords, and of the Secrets that they are in. */
export function tellLogins(changes: readonly Change[], credentials: readonly CredentialChange[]): Told {
  const restarted = new Set(changes.flatMap((one) => (isWithin(one, "Restarts") ? restartedServices(one) : [])));
  return {
    entries: credentials.flatMap((one) => [
      ...unproven(one),
      ...replacedSecrets(one),
      ...tell(one, restarted.has(one.service)),
      ...one.copies.flatMap((copy) => tellCopy(one, copy)),
    ]),
    about: credentials.flatMap(({ application, copies, proof, logins }) => [
      ...[application, ...copies, proof].filter((one) => one !== undefined),
      ...logins.flatMap((login) => login.changes),
    ]),
  };
}

function tell(credential: CredentialChange, isRestarted: boolean): Entry[] {
  switch (credential.state) {
    case "appears":
      return appears(credential);
    case "goes":
      return [
        {
          section: "destroys",
          who: code(credential.service),
          what: "off from now on: password and Secrets are deleted, and the role may not connect any more",
          ...secretDetail(credential),
        },
      ];
    case "stays":
      return [...rotation(credential, isRestarted), ...otherRights(credential), ...leftovers(credential)];
  }
}

/** The Secret in an application's namespace. Its contents stand with the first one's. */
function tellCopy({ service, state, application }: CredentialChange, copy: Change): Entry[] {
  const entry = (section: Entry["section"], what: string): Entry => ({
    section,
    who: code(service),
    what,
    detail: `Secret ${code(title(copy))}`,
  });
  switch (copy.action) {
    case "create":
      return [entry("secrets", "every account that reads Secrets in that namespace has its credential from now on")];
    case "delete":
      return state === "goes"
        ? []
        : [entry("destroys", "the Secret in that namespace is deleted: what reads it there does not begin without it")];
    case "replace":
      return [entry("destroys", "a Secret is deleted and made again: applications find it missing in between")];
    case "update":
      return application === undefined ? [entry("secrets", "written again, as the one beside the Cluster is")] : [];
    default:
      return [];
  }
}

/** What libpq's modes prove, the most last. */
const PROOFS = ["prefer", "require", "verify-ca", "verify-full"];

/** An application that proved Postgres, and no longer does. */
function unproven({ service, application }: CredentialChange): Entry[] {
  if (application === undefined) return [];
  const [before, after] = both(application, `metadata.annotations.${TLS_ANNOTATION}`).map(String) as [string, string];
  if (!PROOFS.includes(after) || PROOFS.indexOf(after) >= PROOFS.indexOf(before)) return [];
  return [
    {
      section: "destroys",
      who: code(service),
      what:
        after === "verify-ca"
          ? "protection is removed: its application does not compare the name of the server with the certificate any more"
          : "protection is removed: its application does not prove Postgres any more, and gives its password to any server that answers in its place",
      detail: `${code(before)} → ${code(after)}`,
    },
  ];
}

function appears({ service, role, may, logins, application }: CredentialChange): Entry[] {
  const isAdopted = logins.some((login) => login.changes.some(({ kind }) => kind === "Stash"));
  return [
    {
      section: "passwords",
      who: code(service),
      what: isAdopted ? "the password that is there is taken over (`adopt`)" : "a first password",
      ...secretDetail({ application }),
    },
    ...(may === undefined ? [] : [{ section: "databases" as const, who: `role ${code(role)}`, what: `may ${may}` }]),
  ];
}

function otherRights({ role, may = "work as the owner of its database", mayElse }: CredentialChange): Entry[] {
  return mayElse ? [{ section: "databases", who: `role ${code(role)}`, what: `other rights: from now on it may ${may}` }] : [];
}

/** The application's credential: replaced under its feet, or by another login's. */
function rotation(credential: CredentialChange, isRestarted: boolean): Entry[] {
  const { service, role, turn, logins } = credential;
  const [before, after] = turn ?? [];
  const active = logins.find((login) => login.role === (after ?? role));
  const restarts = isRestarted ? "" : "; nothing is restarted, pods have to read the Secret again";
  if (hasTurned(turn))
    return [
      {
        section: "passwords",
        who: code(service),
        what: `${active?.password === "kept" || active === undefined ? "the other login takes its turn" : "a new password, of the login whose turn it is"}; proven first, and the one before works until it is retired: no login fails${restarts}`,
        detail: `${code(before ?? "?")} → ${code(after ?? "?")}`,
      },
    ];
  if (turn === undefined || active === undefined || !isReplaced(credential, active)) return [];
  const detail = `role ${code(active.role)}`;
  return [
    {
      section: "destroys",
      who: code(service),
      what: "the password in use ends: logins fail from when CloudNativePG applies the new one until pods have read it",
      detail,
    },
    { section: "passwords", who: code(service), what: `a new password in place, proven by a login afterwards${restarts}`, detail },
  ];
}

/** Whether the login has another password: a first one, too, where the Secret that the application has is another by it. */
function isReplaced({ application }: CredentialChange, { password }: CredentialChange["logins"][number]): boolean {
  const isInSecret = application?.action === "update" && isTouched(application, "data");
  return password === "new" || (password === "first" && isInSecret);
}

/** Logins that are not the application's, and what is written anew without another password. */
function leftovers({ service, role, turn, logins, application, proof }: CredentialChange): Entry[] {
  const [, after = role] = turn ?? [];
  const entries: Entry[] = [];
  const say = (section: Entry["section"], what: string, detail?: string) =>
    entries.push({ section, who: code(service), what, ...(detail === undefined ? {} : { detail }) });
  const replacedLogin = ({ role: name }: CredentialChange["logins"][number]) => {
    const detail = `role ${code(name)}`;
    if (turn === undefined) say("destroys", "a password is replaced, and nothing here says that it is not in use", detail);
    else if (name === turn[0]) say("destroys", "the password in use ends", detail);
    else say("passwords", "the password of a login that is not in use ends", detail);
  };
  for (const login of logins) {
    const isActive = turn !== undefined && login.role === after;
    if (login.password === "gone") say("destroys", "the password and the Secret of a former login are deleted", `role ${code(login.role)}`);
    if (login.password === "new" && !isActive) replacedLogin(login);
    if (login.password === "first" && !isActive)
      say("passwords", "a login for the next turn, which may not log in yet", `role ${code(login.role)}`);
  }
  const isNew = logins.some(({ password }) => password !== "kept");
  if (application?.action === "create") say("secrets", "the Secret is made again, with the same password", secretOf(application));
  else if (application?.action === "delete") say("destroys", "the application's Secret is deleted", secretOf(application));
  else if (application !== undefined && !isNew && !hasTurned(turn)) say("secrets", rewritten(application), secretOf(application));
  else if (application === undefined && !isNew && logins.length > 0) say("secrets", "labels and annotations");
  if (proof !== undefined && !isNew && !hasTurned(turn))
    say("other", proof.action === "delete" ? "the record of the proof is deleted" : "proven again by a login");
  return entries;
}

/** Whether it is known to be another login's turn: a Secret that does not say whose it was may have been the same's. */
function hasTurned(turn: CredentialChange["turn"]): boolean {
  const [before, after] = turn ?? [];
  return before !== undefined && after !== undefined && before !== after;
}

function rewritten(application: Change): string {
  if (isTouched(application, "data")) return "other keys or addresses in the Secret, the same password";
  const [before, after] = both(application, `metadata.annotations.${PREVIOUS_ANNOTATION}`);
  return before !== undefined && after === undefined ? "the Secret names no previous login any more" : "labels and annotations";
}

/** A Secret that is deleted and made again is missing in between. */
function replacedSecrets({ service, application, logins }: CredentialChange): Entry[] {
  const secrets = [application, ...logins.flatMap(({ changes }) => changes.filter(({ kind }) => kind === "Secret"))];
  return secrets.flatMap((secret): Entry[] => {
    if (secret?.action !== "replace") return [];
    const reader = secret === application ? "applications" : "CloudNativePG";
    return [
      {
        section: "destroys",
        who: code(service),
        what: `a Secret is deleted and made again: ${reader} find${secret === application ? "" : "s"} it missing in between`,
        ...detailOf(secret),
      },
    ];
  });
}

const secretDetail = ({ application }: { application?: Change | undefined }) => (application === undefined ? {} : detailOf(application));
const detailOf = (secret: Change) => ({ detail: secretOf(secret) });

function secretOf(secret: Change): string {
  const name = told(secret, "metadata.name");
  return `Secret ${code(typeof name === "string" ? name : secret.name)}`;
}
