// What `npm run smoke` does once it has a stack's outputs, for a stack of the benchmark: <outputs> <kubeconfig> <context>.
import * as fs from "node:fs";
import { renderJson, smoke, type SmokeOutputs } from "../../cli/smoke/command";

const [file = "", kubeconfig = "", context = ""] = process.argv.slice(2);
const outputs = JSON.parse(fs.readFileSync(file, "utf8")) as SmokeOutputs;
const update = () => undefined;
void smoke({ stack: "bench", outputs, target: { kubeconfig, context }, env: process.env, update }).then((report) =>
  process.stdout.write(renderJson(report)),
);
