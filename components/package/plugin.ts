// What the engine starts for programs in other languages.
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { providerOf } from "./provider";

void pulumi.provider.main(providerOf(fs.readFileSync(path.join(__dirname, "schema.json"), "utf8")), process.argv.slice(2));
