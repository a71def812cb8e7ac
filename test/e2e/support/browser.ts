import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureArtifact, exists, type Recipe } from "../../../lab/artifact";
import { unpackPackages } from "../../../lab/debianPackages";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const TIMEOUT_MS = 60_000;

/** Debian's Chromium without a window: a third of the whole one's size. */
const PACKAGE = "chromium-headless-shell";

/** A program, and the environment that it needs. */
export interface Chromium {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A Chromium: the machine's own, else Debian's, unpacked into the cache.
 * @throws where the machine has neither a Chromium nor apt, or when the package cannot be had
 */
export async function ensureChromium(): Promise<Chromium> {
  const found = await findChromium();
  if (found !== undefined) return { file: found, env: {} };
  if (!(await exists("/usr/bin/apt-get")))
    throw new Error("There is no Chromium on this machine, and no apt-get to fetch one: install one, or name it in CHROMIUM");
  const make: Recipe["make"] = (target, log, update) => unpackPackages([PACKAGE], target, log, update);
  const release = await fs.readFile("/etc/os-release", "utf8");
  const root = await ensureArtifact({ kind: "packages", name: "chromium", inputs: [release, PACKAGE], make }, () => undefined);
  const usrLib = path.join(root, "usr/lib");
  const libraries = (await fs.readdir(usrLib)).filter((name) => name.endsWith("-linux-gnu")).map((name) => path.join(usrLib, name));
  return {
    file: path.join(usrLib, "chromium", PACKAGE),
    env: {
      // PulseAudio's client has a private directory.
      LD_LIBRARY_PATH: libraries.flatMap((at) => [at, path.join(at, "pulseaudio")]).join(path.delimiter),
      FONTCONFIG_PATH: (await exists("/etc/fonts/fonts.conf")) ? "/etc/fonts" : path.join(root, "etc/fonts"),
    },
  };
}

/** A Chromium of this machine: the one that CHROMIUM names, else the first on the PATH; `undefined` where there is none. */
async function findChromium({ CHROMIUM, PATH = "" }: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const found = CHROMIUM === undefined ? PATH.split(path.delimiter).flatMap((at) => NAMES.map((name) => path.join(at, name))) : [CHROMIUM];
  for (const file of found) if (await isRunnable(file)) return file;
  return undefined;
}

const isRunnable = (file: string) =>
  fs.access(file, fs.constants.X_OK).then(
    () => true,
    () => false,
  );

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A browser without a window, with one page, spoken to by the DevTools protocol. */
export class Browser {
  private last = 0;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private session = "";
  /** Errors and warnings of the console, exceptions, and requests that were refused or made. */
  readonly complaints: string[] = [];
  readonly requests: string[] = [];

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {}

  /** @throws when it does not start within a minute */
  static async start({ file, env }: Chromium): Promise<Browser> {
    const profile = await fs.mkdtemp(path.join(os.tmpdir(), "browser-"));
    const flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0"];
    // Chromium's sandbox does not start as root. The only page it opens is the one of the test.
    const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const child = spawn(file, [...flags, ...asRoot, `--user-data-dir=${profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    const socket = new WebSocket(await addressOf(child));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("Chromium does not answer")));
    });
    const browser = new Browser(child, socket, profile);
    socket.addEventListener("message", ({ data }) => browser.hear(JSON.parse(data as string) as Message));
    const { targetId } = await browser.call("Target.createTarget", { url: "about:blank" });
    browser.session = (await browser.call("Target.attachToTarget", { targetId, flatten: true })).sessionId as string;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.call(`${domain}.enable`);
    await browser.call("Performance.enable", { timeDomain: "threadTicks" });
    return browser;
  }

  private hear({ id, method, params = {}, ...rest }: Message): void {
    if (id !== undefined) {
      this.waiting.get(id)?.({ id, ...rest });
      this.waiting.delete(id);
    } else if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") this.complaints.push(JSON.stringify(params));
    else if (method === "Runtime.consoleAPICalled") this.complaints.push(JSON.stringify(params.args));
    else if (method === "Network.requestWillBeSent") this.requests.push((params.request as { url: string }).url);
    else if (method === "Page.javascriptDialogOpening") this.complaints.push(`a dialogue: ${JSON.stringify(params)}`);
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.last;
    const { result = {}, error } = await new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Chromium does not answer ${method}`)), TIMEOUT_MS);
      this.waiting.set(id, (message) => (clearTimeout(timer), resolve(message)));
      this.socket.send(JSON.stringify({ id, method, params, ...(this.session === "" ? {} : { sessionId: this.session }) }));
    });
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Opens a file, and waits until it is loaded. */
  async open(file: string): Promise<void> {
    await this.call("Page.navigate", { url: pathToFileURL(file).href });
    const end = Date.now() + TIMEOUT_MS;
    while ((await this.evaluate("document.readyState + location.protocol")) !== "completefile:")
      if (Date.now() > end) throw new Error(`${file} is not loaded`);
  }

  /** What an expression comes to in the page. Promises are awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Milliseconds of the processor that the page's thread has used so far. */
  async processorMs(): Promise<number> {
    const { metrics } = await this.call("Performance.getMetrics");
    return (metrics as { name: string; value: number }[]).find(({ name }) => name === "TaskDuration")!.value * 1_000;
  }

  /** A key, as a keyboard sends it. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : key === "Enter" ? { text: "\r" } : {};
    for (const type of ["keyDown", "keyUp"])
      await this.call("Input.dispatchKeyEvent", { type, key, ...CODES[key], ...(type === "keyDown" ? text : {}) });
  }

  /** A picture of the page's top, as PNG. */
  async picture(width = 1400, height = 900): Promise<Buffer> {
    await this.call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    const { data } = await this.call("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data as string, "base64");
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.socket.close();
    this.process.kill();
    await ended;
    await fs.rm(this.profile, { recursive: true, force: true });
  }
}

/** What a keyboard calls keys that are not letters. */
const CODES: Readonly<Record<string, object>> = {
  Tab: { code: "Tab", windowsVirtualKeyCode: 9 },
  Enter: { code: "Enter", windowsVirtualKeyCode: 13 },
  Escape: { code: "Escape", windowsVirtualKeyCode: 27 },
};

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`Chromium did not start: ${said}`)), TIMEOUT_MS);
    child.once("error", reject);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /DevTools listening on (\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}
