// npm run e2e [-- <part of a file name> ...]: the real engine, providers, API server, operator and Postgres, in this clone's lab, which is made anew.
// npm run soak: the same with the long campaigns. The last line is `N passed, N failed`.
import * as path from "node:path";
import { findTests, runTests, summarise } from "../support/mocha";

const [soak, parts] = process.argv[2] === "--soak" ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];
process.env.SOAK = soak ? "1" : "";

// In order: each file leaves stack dev up, as it found it.
const files = [
  ...["up", "access", "node", "services", "roleApi", "restarts", "turns", "rotation", "pooler", "proof", "stacks", "adoption", "drift"],
  ...[
    "vaultBootstrap",
    "vaultProvider",
    "vaultConfiguration",
    "vaultCeremony",
    "vaultBootstrapToken",
    "vaultCeremonyKill",
    "vaultRecovery",
  ],
  ...["vault", "bundles", "mirror", "mirrorAccess", "mirrorDrift"],
  ...["input", "leaks", "alertRules", "alerts", "kill", "killRotation", "lost", "down"],
].map((name) => `${name}.e2e.ts`);
const unlisted = findTests(__dirname, (file) => file.endsWith(".e2e.ts") && !files.includes(path.basename(file)));
if (unlisted.length > 0) throw new Error(`${unlisted.join(", ")}: at what point is it to be run?`);
const chosen = findTests(
  __dirname,
  (file) =>
    files.includes(path.basename(file)) && (parts.length === 0 || file.endsWith("up.e2e.ts") || parts.some((part) => file.includes(part))),
);
chosen.sort((a, b) => files.indexOf(path.basename(a)) - files.indexOf(path.basename(b)));
void runTests(chosen, { timeout: 15 * 60_000, bail: false }).then((outcome) => summarise([outcome]));
