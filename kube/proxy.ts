import * as net from "node:net";

/**
 * The proxy that leads to a server, as kubectl and Pulumi's providers read the environment (Go's
 * `httpproxy`): `HTTPS_PROXY`, unless `NO_PROXY` has the server. Its entries are `*`, addresses,
 * ranges (`10.0.0.0/8`), and names, which stand for the names below them, too; each may have a
 * port. Nothing of this machine's own is behind a proxy.
 */
export function proxyFor(server: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  if (!proxy || !URL.canParse(server)) return undefined;
  const { protocol, hostname, port } = new URL(server);
  if (protocol !== "https:") return undefined;
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || isWithin(host, "127.0.0.0/8") || host === "::1") return undefined;
  const exceptions = (env.NO_PROXY || env.no_proxy || "").split(",").map((entry) => entry.trim().toLowerCase());
  if (exceptions.some((entry) => isException(entry, host, port || "443"))) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function isException(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(host, entry);
  // An address of IPv6 has colons of its own.
  const [, name = entry, only] = net.isIP(entry) > 0 ? [] : (/^\[?(.+?)\]?(?::(\d+))?$/.exec(entry) ?? []);
  if (name === "" || (only !== undefined && only !== port)) return false;
  if (net.isIP(name) > 0 || net.isIP(host) > 0) return name === host;
  const below = name.replace(/^\*?\./, "");
  return host.endsWith(`.${below}`) || (host === below && below === name);
}

function isWithin(host: string, range: string): boolean {
  const [address = "", prefix] = range.split("/");
  const family = net.isIP(address);
  if (family === 0 || net.isIP(host) !== family || !/^\d+$/.test(prefix ?? "") || Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new net.BlockList();
  list.addSubnet(address, Number(prefix), type);
  return list.check(host, type);
}
