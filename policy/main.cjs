// Where the engine begins with this pack. What it imports is TypeScript, whose types are stripped while it is loaded, as those of the program are.
"use strict";
// @pulumi/policy reads the package's version from the working directory, which is the program's with some of Pulumi's language hosts.
process.chdir(__dirname);
// Pulumi has made ts-node load TypeScript, whatever PulumiPolicy.yaml says: with a type check, and by a compiler that is older than this code.
delete require.extensions[".ts"];
require("sucrase/register/ts");
require("./index");
