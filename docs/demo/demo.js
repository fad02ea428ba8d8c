// A page that shows what its flags say for the company that visits. The traits are all that it knows of anybody.
import { FlagdCore } from "@openfeature/flagd-core";
import { OpenFeature } from "@openfeature/web-sdk";

const CONTENT = {
  headline: {
    general: ["Know which deals will close", "One forecast that sales, finance and the board believe.", "Book a demo"],
    saas: ["Grow your SaaS pipeline with a forecast that holds", "See which trials turn into annual contracts, weeks before they do.", "Book a demo"],
    finance: ["A forecast your risk team can sign off", "Every number traced to the deal it came from, with an audit trail.", "Talk to our finance team"],
    health: ["Plan capacity on deals that really close", "Long buying committees, one honest date for each of them.", "Book a demo"],
    who_this_is_for: ["Is this for you? An honest answer", "We are at our best with sales teams of ten and more. Smaller? The free guide gets you further than a demo.", "Get the free guide"],
  },
  proof: {
    logos_all: ["Trusted by 400 teams", ["Fernwell", "Okapi", "Tidewater", "Northlight", "Brasswork"]],
    small_team: ["Teams under 50 that started in an afternoon", ["Pebble", "Okapi", "Kitewing"]],
    mid_market: ["200 to 1,000 people: live in three weeks on average", ["Fernwell", "Northlight", "Quayside", "Brasswork"]],
    enterprise: ["Rolled out in 30 countries", ["Tidewater", "Aldermoor", "Vantis Group"]],
  },
  integration: {
    integrations_all: ["Works with your CRM", "Two-way sync with all CRMs that have an API."],
    salesforce: ["Works with your Salesforce", "Installs from AppExchange. Your fields, your permissions, nothing to migrate."],
    hubspot: ["Works with your HubSpot", "Connect in two clicks. Deals, stages and owners stay where they are."],
  },
  compliance: {
    trust_center: ["Security", "SOC 2 Type II. Reports in our trust center."],
    gdpr: ["Your data stays in the EU", "GDPR: hosted in Frankfurt, processor agreement ready to sign."],
  },
};
const SAAS = { industry: "Computer Software", employees_range: "200-499", region: "EMEA", technology_salesforce: true };
const VISITORS = [
  ["Nobody you recognize", "a visitor without any trait", {}],
  ["Brightpath", "SaaS, 320 people, Berlin, Salesforce", SAAS],
  ["Harborline Bank", "finance, 6,000 people, New York", { industry: "Financial Services", employees_range: "5,000+", region: "NA", technology_salesforce: true }],
  ["Cedar Clinics", "health care, 40 people, Lyon, HubSpot", { industry: "Hospital & Health Care", employees_range: "10-49", region: "EMEA", technology_hubspot: true }],
  ["Studio Two", "an agency of two, plainly not for you", { industry: "Marketing and Advertising", employees_range: "<10", region: "NA", content_path: "self_serve" }],
  ["Brightpath, held out", "the same company in the experiment's holdout", { ...SAAS, content_arm: "holdout" }],
];

class FileProvider {
  metadata = { name: "flagd file" };
  runsOn = "client";
  constructor(flags) {
    this.core = new FlagdCore();
    this.core.setConfigurations(flags);
  }
  async onContextChange() {}
  resolveBooleanEvaluation(...asked) { return this.core.resolveBooleanEvaluation(...asked); }
  resolveStringEvaluation(...asked) { return this.core.resolveStringEvaluation(...asked); }
  resolveNumberEvaluation(...asked) { return this.core.resolveNumberEvaluation(...asked); }
  resolveObjectEvaluation(...asked) { return this.core.resolveObjectEvaluation(...asked); }
}

const byId = (id) => document.getElementById(id);
let slots = [];
let shown = {};

async function use(flags) {
  const parsed = JSON.parse(flags);
  await OpenFeature.setProviderAndWait(new FileProvider(flags));
  slots = Object.entries(parsed.flags).map(([slot, flag]) => [slot, flag.defaultVariant]);
}

async function show(traits) {
  await OpenFeature.setContext(traits);
  const client = OpenFeature.getClient();
  const found = slots.map(([slot, otherwise]) => [slot, client.getStringDetails(slot, otherwise)]);
  byId("resolved").replaceChildren(...found.map(([slot, details]) => row(slot, details)));
  byId("traits").textContent = JSON.stringify(traits, null, 2);
  for (const [slot, details] of found) place(slot, details.value);
  document.documentElement.dataset.ready = "yes";
}

function row(slot, details) {
  const cells = [slot, details.value, details.reason === "TARGETING_MATCH" ? "a rule holds" : "no rule holds: default"];
  const made = document.createElement("tr");
  made.append(...cells.map((text, at) => Object.assign(document.createElement(at ? "td" : "th"), { textContent: text })));
  made.firstChild.scope = "row";
  return made;
}

// Variants of other flags than the sample's have no text here; then their name is shown.
function place(slot, variant) {
  const part = document.querySelector(`[data-slot="${CSS.escape(slot)}"]`);
  if (!part) return;
  const [first, second, third] = CONTENT[slot]?.[variant] ?? [variant, ""];
  part.querySelector(".first").textContent = first;
  const rest = part.querySelector(".second");
  if (Array.isArray(second)) rest.replaceChildren(...second.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
  else rest.textContent = second;
  const action = part.querySelector(".action");
  if (action) action.textContent = third ?? "Book a demo";
  part.querySelector(".tag").textContent = `${slot}: ${variant}`;
  if (slot in shown && shown[slot] !== variant) {
    part.classList.remove("changed");
    void part.offsetWidth;
    part.classList.add("changed");
  }
  shown[slot] = variant;
}

function choose(place) {
  document.querySelectorAll("#visitors button").forEach((button, at) => button.setAttribute("aria-pressed", String(at === place)));
  return show(VISITORS[place][2]);
}

byId("visitors").append(
  ...VISITORS.map(([name, what], at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(Object.assign(document.createElement("strong"), { textContent: name }), Object.assign(document.createElement("span"), { textContent: what }));
    button.addEventListener("click", () => choose(at));
    return button;
  }),
);
byId("own").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  try {
    await use(await file.text());
    byId("told").textContent = `${file.name}: ${slots.length} slots`;
    await choose(0);
  } catch (error) {
    byId("told").textContent = `${file.name} is not a flags.flagd.json: ${error.message}`;
  }
});

// Served beside a flags.flagd.json it takes that one; opened as a file it may not, and takes the sample's, which it holds.
async function flagsBeside() {
  if (!location.protocol.startsWith("http")) return null;
  try {
    const answer = await fetch("flags.flagd.json");
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

(async () => {
  await use((await flagsBeside()) ?? byId("flags").textContent);
  await choose(0);
})();
