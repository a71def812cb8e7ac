import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { makeBreaks } from "./breaks";
import { makeCompliant } from "./compliant";

/** A program without a cluster: what is made is text, and is only previewed. With `breaks`, every rule of the pack is broken. */
const config = new pulumi.Config();
const provider = new k8s.Provider("kubernetes", { renderYamlToDirectory: config.require("directory"), enableSecretMutable: true });
const place = {
  namespace: "apps",
  stack: pulumi.getStack(),
  owner: "0123456789abcdef",
  labels: {},
  annotations: {},
};
makeCompliant(place, config.getNumber("services") ?? 1, provider);
if (config.getBoolean("breaks")) makeBreaks(place, config.require("directory"), provider);
