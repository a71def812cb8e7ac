// npm run test:api [-- <part of a title> ...]: the program against etcd and an API server of its
// own, with the operators' kinds and without a lab. Both are built where the cache lacks them. The
// last line is `N passed, N failed in N s`.
process.env.E2E_FILE = "api";
const parts = process.argv.slice(2);
const literally = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
if (parts.length > 0) process.env.E2E_GREP = parts.map(literally).join("|");
// It reads its file's name when it is loaded.
void import("../e2e/one");
