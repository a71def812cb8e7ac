#!/usr/bin/env node
// `cnpg-credentials`, and every npm script that is one of its commands.
"use strict";
const path = require("node:path");

process.argv.splice(2, 0, path.join(__dirname, "main.ts"));
require("./run.cjs");
