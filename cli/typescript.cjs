// Required before everything else: strips the types of this repository's TypeScript while Node
// loads it. What sucrase has made of a text is kept in node_modules/.cache by a hash of it, so that
// V8's own cache knows it, too: both took more than half of a command's start. Lines stay where
// they were; no source map is needed.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { version } = require("sucrase/package.json");

const cache = path.join(path.dirname(__dirname), "node_modules", ".cache", "sucrase");

function strip(text, file) {
  const kept = path.join(cache, createHash("sha1").update(`${version}\n${text}`).digest("hex"));
  try {
    return fs.readFileSync(kept, "utf8");
  } catch {
    const { code } = require("sucrase").transform(text, { transforms: ["imports", "typescript"], filePath: file });
    keep(kept, code);
    return code;
  }
}

function keep(file, code) {
  const whole = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(whole, code);
    fs.renameSync(whole, file);
  } catch {
    // Somebody else's clone, or a disk that is full: it is made anew the next time.
  }
}

require.extensions[".ts"] = (module, file) => module._compile(strip(fs.readFileSync(file, "utf8"), file), file);
