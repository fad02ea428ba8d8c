// Bundles the demo into one file, ../website_demo.html: page, style, the web SDK of OpenFeature with flagd's core, and the sample's flags.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const made = await build({
  entryPoints: [here("demo.js")],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "inline",
});
const inScript = (text) => text.replaceAll("</script", "<\\/script");
const parts = {
  "/* SCRIPT */": inScript(made.outputFiles[0].text.trim()),
  "/* FLAGS */": inScript(JSON.stringify(JSON.parse(readFileSync(here("flags.flagd.json"), "utf8")))),
};
let page = readFileSync(here("page.html"), "utf8");
for (const [mark, text] of Object.entries(parts)) page = page.replace(mark, () => text);
const out = process.argv[2] ?? here("../website_demo.html");
writeFileSync(out, page);
console.log(`Wrote ${out}`);
