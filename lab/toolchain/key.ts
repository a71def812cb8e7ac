// Prints the name under which a pipeline keeps the programs that the lab has built: npm run
// --silent tools:key.
import { toolsKey } from "../toolchain";

void toolsKey().then((key) => process.stdout.write(`${key}\n`));
