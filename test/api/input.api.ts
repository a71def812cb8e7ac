import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { CONTEXT } from "./support/apiServer";
import { refuses } from "./support/cases";
import { OPERATOR, running } from "./support/kinds";
import { cluster, marked } from "./support/objects";
import { Stage, STATE } from "./support/stage";
import { here } from "./support/world";

describe("the program goes on", () => {
  for (const vault of [false, true])
    it(`where nothing is wrong${vault ? ", with Vault" : ""}: before the first up and after it`, async () => {
      const stage = await Stage.open({ vault });
      await stage.up();
      await stage.goesOn();
    });
});

describe("the program refuses a stack file", () => {
  refuses([
    {
      wrong: "with several mistakes: all of them at once",
      settings: (settings) => {
        settings.cluster = { ...settings.cluster, instances: 0, storage: { size: "lots" }, colour: "red" };
        settings.services.langfuse = { enabled: "yes" };
        settings.nonsense = "x";
      },
      refused: {
        "cluster.instances": "",
        "cluster.storage.size": "",
        "cluster.colour": "",
        "services.langfuse": "is not in the catalogue",
        "services.langfuse.enabled": "",
        nonsense: "",
      },
    },
    {
      wrong: "with a service that is not in the catalogue",
      settings: ({ services }) => void (services.unheard = {}),
      refused: { "services.unheard": "is not in the catalogue" },
      remedy: ({ settings }) => void delete settings.services.unheard,
    },
    {
      wrong: "without any configuration",
      settings: (settings) => {
        for (const setting of Object.keys(settings)) delete settings[setting];
      },
      refused: { "Pulumi.api.yaml": "has no setting of this program" },
    },
  ]);
});

describe("the program refuses a kubeconfig", () => {
  refuses([
    {
      wrong: "without the context",
      settings: (settings) => void (settings.context = "elsewhere"),
      refused: { context: "the kubeconfig has no context `elsewhere` (it has `api`)" },
      remedy: ({ settings }) => void (settings.context = CONTEXT),
    },
  ]);

  const variants: Readonly<Record<string, readonly [change: (text: string) => string, said: string]>> = {
    "whose server does not answer": [(text) => text.replace(/(https:\/\/127\.0\.0\.1):\d+/, "$1:9"), "https://127.0.0.1:9 does not answer"],
    "whose credentials are not accepted": [
      (text) => text.replace(/"user":\{"client-certificate.*?\}/, '"user":{"token":"of-nobody"}'),
      "does not accept the kubeconfig's credentials",
    ],
    "that is none": [() => "{", "the kubeconfig can be neither found nor read"],
  };
  for (const [which, [change, said]] of Object.entries(variants))
    it(which, async () => {
      const { directory, kubeconfig } = here().server;
      const text = await fs.readFile(kubeconfig, "utf8");
      const file = path.join(directory, "bad.kubeconfig");
      await fs.writeFile(file, change(text));
      assert.notEqual(change(text), text);
      await (await Stage.open()).refused({ context: said }, { kubeconfig: file });
    });
});

describe("the program refuses a cluster", () => {
  refuses([
    {
      wrong: "without the namespace",
      settings: (settings) => void (settings.namespace = "nowhere"),
      refused: { "Namespace/nowhere": "does not exist" },
    },
    {
      wrong: "without the class of storage, without PodMonitor and without the Secret that images are pulled with",
      settings: (settings) => {
        const storage = { size: "2Gi", class: "gold" };
        settings.cluster = { ...settings.cluster, storage, monitoring: "podMonitor", imagePullSecrets: ["registry"] };
      },
      refused: {
        "cluster.storage.class": "has no StorageClass `gold`",
        "cluster.monitoring": "PodMonitor",
        "cluster.imagePullSecrets": "no Secret `registry`",
      },
    },
    {
      wrong: "without the class of the log's volume",
      settings: ({ cluster: own }) => void (own.walStorage = { size: "1Gi", class: "gold" }),
      refused: { "cluster.storage.class": "has no StorageClass `gold`" },
      remedy: ({ settings }) => void (settings.cluster.walStorage = { size: "1Gi", class: "standard" }),
    },
    {
      wrong: "whose volumes would shrink, the data's and the log's",
      objects: [marked(cluster({ walStorage: { size: "2Gi" } }), STATE)],
      settings: ({ cluster: own }) => void Object.assign(own, { storage: { size: "1Gi" }, walStorage: { size: "1Gi" } }),
      refused: {
        "cluster.storage.size": "1Gi is less than the living cluster's 2Gi",
        "cluster.walStorage.size": "1Gi is less than the living cluster's 2Gi",
      },
      remedy: ({ settings }) => void Object.assign(settings.cluster, { storage: { size: "2Gi" }, walStorage: { size: "3Gi" } }),
    },
  ]);
});

describe("the program and CloudNativePG's operator", () => {
  const PATH = "CloudNativePG";
  const second = { ...OPERATOR, metadata: { ...OPERATOR.metadata, name: "another-operator" } };
  let stage: Stage;
  before(async () => (stage = await Stage.open()));
  // There is one of it for all tests.
  afterEach(() => here().api.setStatus(OPERATOR, running(1)));

  /** A second operator, for as long as the test lasts. */
  async function withSecond(tag: string, replicas: number, test: () => Promise<unknown>): Promise<void> {
    const { api } = here();
    const { spec, metadata } = await api.read<typeof OPERATOR & { spec: { template: { spec: { containers: { image: string }[] } } } }>(
      OPERATOR,
    );
    const labels = (metadata as { labels?: Record<string, string> }).labels ?? {};
    spec.template.spec.containers[0]!.image = `example.com/cloudnative-pg:${tag}`;
    await api.apply({ ...second, metadata: { ...second.metadata, labels }, spec, status: running(replicas) });
    try {
      await test();
    } finally {
      await api.remove(second);
    }
  }

  it("refuses one that has no running pod", async () => {
    await here().api.setStatus(OPERATOR, running(0));
    await stage.refused({ [PATH]: "the operator's Deployment has no running pod" });
  });

  it("goes on where one of two has a running pod, whichever it is", async () => {
    await withSecond("1.30.0", 0, () => stage.goesOn());
    await here().api.setStatus(OPERATOR, running(0));
    await withSecond("1.30.0", 1, () => stage.goesOn());
  });

  it("refuses two of which none has", async () => {
    await here().api.setStatus(OPERATOR, running(0));
    await withSecond("1.30.0", 0, () => stage.refused({ [PATH]: "the operator's Deployment has no running pod" }));
  });

  it("refuses a second one that is too old", () =>
    withSecond("1.29.1", 1, () => stage.refused({ [PATH]: "the operator is 1.29.1, older than 1.30" })));
});
