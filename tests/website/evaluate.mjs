// Evaluates flags with flagd's own core for Node: reads {modules, flags, contexts} from stdin, prints a variant per context and flag.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const { FlagdCore } = createRequire(`${asked.modules}/`)("@openfeature/flagd-core");
const said = [];
const listening = Object.fromEntries(["error", "warn", "info", "debug"].map((level) => [level, (text) => said.push(text)]));
const core = new FlagdCore(undefined, listening);
core.setConfigurations(asked.flags);
// It tells, and goes on, where a file breaks flagd's published schema.
const broken = said.filter((text) => String(text).includes("invalid flagd flag configuration"));
if (broken.length) {
  console.error(broken.join("\n"));
  process.exit(1);
}
const slots = Object.keys(JSON.parse(asked.flags).flags);
const found = asked.contexts.map((context) =>
  Object.fromEntries(slots.map((slot) => [slot, core.resolveStringEvaluation(slot, "?", context).value])),
);
process.stdout.write(JSON.stringify(found));
