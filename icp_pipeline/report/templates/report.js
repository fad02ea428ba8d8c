"use strict";
// The page works without this script but for the accounts table. Nothing here writes markup: all text goes in as text.
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const PER_PAGE = 25;
  const TIERS = [/* names */];
  const TIER_KEYS = [/* keys */];
  const tierName = (key) => TIERS[TIER_KEYS.indexOf(key)] || "–";

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  }

  const signed = (points, digits = 2) => {
    const text = Math.abs(points).toFixed(digits);
    return Number(text) === 0 ? text : (points < 0 ? "−" : "+") + text;
  };
  const grouped = (number) => number.toLocaleString("en-US");
  const day = (iso) => {
    const [year, month, date] = iso.split("-").map(Number);
    return `${date} ${"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")[month - 1]} ${year}`;
  };

  // One ICP at a time, where there are several.
  let shown = 0;
  const chooser = $("#choose-icp");
  function showIcp() {
    if (!chooser) return;
    shown = chooser.selectedIndex;
    $$(".of-icp").forEach((part) => { part.hidden = part.dataset.icp !== chooser.value; });
    if (table) table.choose();
  }

  // Print the one-page ICP alone.
  $$(".print-one").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const page = button.closest(".one-page");
      page.classList.add("printed");
      document.body.classList.add("one");
      window.addEventListener("afterprint", () => {
        document.body.classList.remove("one");
        page.classList.remove("printed");
      }, { once: true });
      window.print();
    });
  });

  // The section in view is marked in the bar above.
  const links = new Map($$("nav a").map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => { link.classList.remove("here"); link.removeAttribute("aria-current"); });
      const link = links.get(entry.target.id);
      link.classList.add("here");
      link.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  links.forEach((_, id) => { const target = document.getElementById(id); if (target) watch.observe(target); });

  // Letters back into codes: see icp_pipeline/report/packing.py.
  const code = (letter) => {
    let point = letter.codePointAt(0);
    if (point >= 0xE000) point -= 0xE000 - 0xD800;
    return point - 35 - (point > 92 ? 1 : 0);
  };
  const codes = (text) => Array.from(text, code);
  const sums = (steps) => { let sum = 0; return steps.map((step) => (sum += step)); };

  async function unpack(text) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  function unpackStanding(packed) {
    const values = (column) => { const found = codes(column.codes); return (place) => column.values[found[place]]; };
    const pieces = packed.pieces;
    const evidence = (place) => Array.from(packed.evidence[place], (letter) => pieces[code(letter)]);
    const fit = packed.evidence.map((text) => {
      let sum = 0;
      for (const letter of text) sum += pieces[code(letter)][2];
      return text === "" ? null : sum;
    });
    const triggers = new Map();
    const trigger = new Array(fit.length).fill(0);
    if (packed.triggers.rows.length) {
      const [steps, names, ages, alone, counted] = packed.triggers.rows;
      sums(steps).forEach((place, row) => {
        const entry = { name: packed.triggers.names[names[row]], age: ages[row], alone: alone[row] / 1000, counted: counted[row] / 1000 };
        triggers.set(place, [...(triggers.get(place) || []), entry]);
        trigger[place] += entry.counted;
      });
    }
    const engagement = sums(packed.engagement).map((value) => value / 1000);
    return {
      id: packed.id, success: packed.success, tier: codes(packed.tier), status: codes(packed.status),
      score: sums(packed.fit).map((value) => (value < 0 ? null : value / 10)),
      grade: values(packed.grade), action: values(packed.action), since: values(packed.since), disqualified: values(packed.disqualified), withheld: values(packed.withheld), candidate: values(packed.candidate), moved: values(packed.moved),
      fit, trigger, engagement, evidence, triggers: (place) => triggers.get(place) || [],
      priority: fit.map((points, place) => (points === null ? null : points + trigger[place] + engagement[place])),
      unknown: (place) => codes(packed.unknown.codes[place]).map((found) => packed.unknown.values[found]),
      whatIf: (place) => codes(packed.what_if.codes[place]).map((found) => packed.what_if.values[found]),
      history: (place) => codes(packed.history.codes[place]).map((found) => packed.history.values[found]),
    };
  }

  class Table {
    constructor(data) {
      this.data = data;
      this.standings = data.icps.map(unpackStanding);
      const values = (column) => { const found = codes(column.codes); return (place) => column.values[found[place]] || ""; };
      this.industry = values(data.industry);
      this.country = values(data.country);
      this.who = codes(data.who);
      this.search = data.names.map((name, place) =>
        `${name}\n${data.domains[place]}\n${data.ids[place]}\n${data.hubspot[place]}\n${this.industry(place)}`.toLowerCase());
      this.sort = { by: null, down: false };
      this.page = 0;
      this.listen();
      this.choose();
    }

    get standing() { return this.standings[shown]; }

    choose() { this.page = 0; this.update(); }

    listen() {
      const form = $(".filters");
      let waiting;
      $("#search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => this.choose(), 120); });
      // Leaving the search field is a change too: drawing the rows anew then would swallow the click on one of them.
      form.addEventListener("change", (event) => { if (event.target.id !== "search") this.choose(); });
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(() => { this.sort = { by: null, down: false }; this.choose(); }));
      $$("th[data-sort]").forEach((head) => $("button", head).addEventListener("click", () => this.sortBy(head.dataset.sort)));
      $("#previous").addEventListener("click", () => this.turn(-1));
      $("#next").addEventListener("click", () => this.turn(1));
      $$(".show-moved").forEach((link) => {
        link.hidden = false;
        link.addEventListener("click", () => { form.reset(); $("#moved").checked = true; setTimeout(() => this.choose()); });
      });
      const card = $("#card");
      card.addEventListener("click", (event) => { if (event.target === card) card.close(); });
      card.addEventListener("close", () => { if (location.hash.startsWith("#account=")) history.replaceState(null, "", "#accounts"); });
      window.addEventListener("hashchange", () => this.openFromAddress());
      this.openFromAddress();
    }

    openFromAddress() {
      if (!location.hash.startsWith("#account=")) return;
      const place = this.data.ids.indexOf(decodeURIComponent(location.hash.slice(9)));
      if (place >= 0) this.open(place);
    }

    sortBy(key) {
      const firstDown = ["fit", "priority", "employees"].includes(key);
      if (this.sort.by !== key) this.sort = { by: key, down: firstDown };
      else if (this.sort.down === firstDown) this.sort.down = !firstDown;
      else this.sort = { by: null, down: false };
      this.choose();
    }

    // Working order is the order of the data: best tier first, then priority.
    matching() {
      const words = $("#search").value.toLowerCase().split(/\s+/).filter(Boolean);
      const tiers = new Set($$("input[name=tier]:checked").map((box) => Number(box.value)));
      const [grade, engagement, who] = ["#grade", "#engagement", "#who"].map((id) => $(id).value);
      const moved = $("#moved").checked;
      const it = this.standing;
      const found = [];
      for (let place = 0; place < this.search.length; place++) {
        if (it.tier[place] >= TIERS.length) continue;
        if (tiers.size && !tiers.has(it.tier[place])) continue;
        if (who !== "" && this.who[place] !== Number(who)) continue;
        if (moved && !it.moved(place)) continue;
        if (grade || engagement) {
          const mark = it.grade(place) || "  ";
          if ((grade && mark[0] !== grade) || (engagement && mark[1] !== engagement)) continue;
        }
        if (words.length && !words.every((word) => this.search[place].includes(word))) continue;
        found.push(place);
      }
      return this.sorted(found);
    }

    sorted(found) {
      const it = this.standing;
      const key = {
        name: (place) => this.data.names[place].toLowerCase() || null, tier: (place) => it.tier[place],
        grade: (place) => it.grade(place) || null, fit: (place) => it.score[place], priority: (place) => it.priority[place],
        industry: (place) => this.industry(place) || null, employees: (place) => (this.data.employees[place] < 0 ? null : this.data.employees[place]),
      }[this.sort.by];
      if (!key) {
        if (shown === 0) return found;
        return found.sort((a, b) => it.tier[a] - it.tier[b] || (it.priority[b] ?? -99) - (it.priority[a] ?? -99) || a - b);
      }
      const keys = new Map(found.map((place) => [place, key(place)]));
      const way = this.sort.down ? -1 : 1;
      return found.sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        // What is unknown stands last, whichever way.
        if (x === null || y === null) return (x === null) - (y === null) || a - b;
        return (x < y ? -way : x > y ? way : 0) || a - b;
      });
    }

    turn(pages) {
      this.page += pages;
      this.draw();
      $(".accounts").scrollIntoView({ block: "nearest" });
    }

    update() {
      this.found = this.matching();
      $$("th[data-sort]").forEach((head) => {
        if (head.dataset.sort === this.sort.by) head.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      this.draw();
    }

    draw() {
      const pages = Math.max(1, Math.ceil(this.found.length / PER_PAGE));
      this.page = Math.min(Math.max(0, this.page), pages - 1);
      const rows = this.found.slice(this.page * PER_PAGE, (this.page + 1) * PER_PAGE).map((place) => this.row(place));
      if (!rows.length) rows.push(make("tr", {}, make("td", { colspan: 8, class: "soft" }, $("#accounts-held") ? "No account on this page matches. The page does not hold all accounts: icp explain finds the others by name or domain." : "No account matches. Clear a filter, or search for part of the name.")));
      $("#rows").replaceChildren(...rows);
      $("#found").textContent = `${grouped(this.found.length)} account${this.found.length === 1 ? "" : "s"}` +
        (this.sort.by ? "" : ", in working order: best tier first, then priority");
      $("#page").textContent = `Page ${grouped(this.page + 1)} of ${grouped(pages)}`;
      $("#previous").disabled = this.page === 0;
      $("#next").disabled = this.page === pages - 1;
    }

    row(place) {
      const it = this.standing;
      const tier = it.tier[place];
      const strongest = it.evidence(place).filter((piece) => piece[0]).sort((a, b) => Math.abs(b[2]) - Math.abs(a[2])).slice(0, 3);
      const reasons = strongest.map((piece) => `${piece[0]} ${piece[1]} ${signed(piece[2])}`);
      it.triggers(place).slice(0, 1).forEach((event) => reasons.unshift(`${event.name} ${ago(event.age)}`));
      const name = this.data.names[place] || this.data.domains[place] || this.data.ids[place];
      return make("tr", { onclick: () => this.open(place) },
        make("th", { scope: "row" },
          make("button", { type: "button", "aria-haspopup": "dialog", onclick: (event) => { event.stopPropagation(); this.open(place); } }, make("bdi", {}, name)),
          make("span", {}, make("bdi", {}, this.data.domains[place]), ["", " · customer", " · not a prospect"][this.who[place]])),
        make("td", {}, make("span", { class: `pill ${TIER_KEYS[tier]}` }, TIERS[tier])),
        make("td", {}, it.grade(place) || "–"),
        make("td", { class: "number" }, it.score[place] === null ? "–" : it.score[place].toFixed(1)),
        make("td", { class: "number hide-phone" }, it.priority[place] === null ? "–" : signed(it.priority[place])),
        make("td", { class: "hide-phone" }, this.industry(place) || "–"),
        make("td", { class: "number hide-phone" }, this.data.employees[place] < 0 ? "–" : grouped(this.data.employees[place])),
        make("td", { class: "hide-phone reasons" }, reasons.join("; ") || "–"));
    }

    open(place) {
      const card = $("#card");
      $("#card-body").replaceChildren(...scorecard(this, place));
      if (!card.open) card.showModal();
      card.scrollTop = 0;
      history.replaceState(null, "", "#account=" + encodeURIComponent(this.data.ids[place]));
    }
  }

  const ago = (days) => (days === 0 ? "today" : days === 1 ? "1 day ago" : `${grouped(days)} days ago`);

  // Figures of two digits that add up exactly: what is too small to show, and all rounding, is one line of its own.
  function evidenceLines(pieces, total) {
    const shownOnes = pieces.filter((piece) => piece[0] && Math.abs(piece[2]) >= 0.005).sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
    const start = pieces.find((piece) => !piece[0]);
    const cents = (points) => Math.round(points * 100);
    const lines = [["Where every account starts", "", cents(start ? start[2] : 0), true],
      ...shownOnes.map((piece) => [piece[0], piece[1], cents(piece[2]), false])];
    const rest = cents(total) - lines.reduce((sum, line) => sum + line[2], 0);
    if (rest) lines.push(["Smaller pieces and rounding", "", rest, false]);
    return lines;
  }

  function evidenceTable(lines, total, label) {
    const largest = Math.max(1, ...lines.filter((line) => !line[3]).map((line) => Math.abs(line[2])));
    return make("table", { class: "evidence" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Evidence"), make("th", { scope: "col", class: "number" }, "Points"), make("th", { scope: "col", class: "meter" }, make("span", { class: "soft", "aria-hidden": "true", style: "background:none" })))),
      make("tbody", {}, ...lines.map(([name, value, cents, plain]) => {
        const width = `width:${(50 * Math.abs(cents)) / largest}%`;
        const bar = plain ? null : make("span", { "aria-hidden": "true" }, make("i", { class: cents < 0 ? "minus" : "plus", style: width }));
        return make("tr", {}, make("th", { scope: "row" }, value ? `${name}: ` : name, value ? make("b", {}, value) : ""),
          make("td", { class: "number", "data-cents": cents }, signed(cents / 100)), make("td", { class: "meter" }, bar));
      }),
      make("tr", { class: "total" }, make("th", { scope: "row" }, label), make("td", { class: "number", "data-total": Math.round(total * 100) }, signed(Math.round(total * 100) / 100)), make("td", { class: "meter" }))));
  }

  function fact(name, value) { return make("div", {}, make("dt", {}, name), make("dd", {}, value)); }

  function scorecard(table, place) {
    const it = table.standing;
    const { data } = table;
    const tier = it.tier[place];
    const fit = it.fit[place];
    const close = make("button", { type: "button", class: "quiet", onclick: () => $("#card").close() }, "Close");
    const who = [data.domains[place], table.industry(place), table.country(place), data.employees[place] < 0 ? "" : `${grouped(data.employees[place])} employees`, ["prospect", "customer", "not a prospect"][table.who[place]]].filter(Boolean);
    const parts = [
      make("div", { class: "top" }, make("div", {}, make("h2", { id: "card-name" }, make("bdi", {}, data.names[place] || data.domains[place] || data.ids[place])), make("p", { class: "soft" }, make("bdi", {}, who.join(" · ")))), close),
      make("dl", { class: "score-line" },
        fact("Tier", make("span", { class: `pill ${TIER_KEYS[tier]}` }, TIERS[tier])), fact("What to do", it.action(place) || "–"), fact("Grade", it.grade(place) || "–"),
        fact("Fit", it.score[place] === null ? "–" : `${it.score[place].toFixed(1)} of 100`),
        fact(`Chance: ${it.success.toLowerCase()}`, fit === null ? "–" : `${(100 / (1 + Math.exp(-fit))).toFixed(1)} %`),
        fact("In this tier since", it.since(place) ? day(it.since(place)) : "–")),
    ];
    if (it.status[place] === 2) parts.push(make("p", { class: "finding" }, `Not ICP whatever its score: ${it.disqualified(place) || "it meets a disqualifier"}.`));
    if (it.status[place] === 1 && fit !== null) parts.push(make("p", { class: "finding note" }, "Too few of the criteria's traits are known, so it has no tier. That is not a bad sign: enrich it, and the next run can score it."));
    if (it.withheld(place) && tier === 1) parts.push(make("p", { class: "finding note" }, `Held at tier 2 by its buying process (${it.withheld(place)}).`));
    if (it.candidate(place)) parts.push(make("p", { class: "soft" }, `It is just past the edge of its tier. If it is still past it on a second day, it moves to ${tierName(it.candidate(place))}.`));
    if (fit === null) parts.push(make("p", { class: "soft" }, "No ICP scores this account yet."));
    else parts.push(make("h3", {}, "Why: the evidence that adds up to the fit"), evidenceTable(evidenceLines(it.evidence(place), fit), fit, "Fit"),
      make("p", { class: "soft small" }, "Points are log-odds: +0.7 doubles the odds of success, −0.7 halves them. Unknown traits add nothing."));
    parts.push(...unknowns(it, place), ...events(it, place), ...past(it, place), make("p", { class: "soft small" }, `Record ${data.ids[place]}${data.hubspot[place] ? `, HubSpot ${data.hubspot[place]}` : ""}`));
    return parts;
  }

  // Each unknown trait with its values: those that change the tier, then what the other criteria would add.
  function unknowns(it, place) {
    const traits = new Map();
    const add = (name, value, text) => {
      if (!traits.has(name)) traits.set(name, new Map());
      if (!traits.get(name).has(value)) traits.get(name).set(value, text);
    };
    for (const [name, value, points, tier, waits] of it.whatIf(place)) {
      const learned = value === null ? "whatever it is" : `if ${value}: ${signed(points)}`;
      add(name, value, `${learned}, ${TIERS[tier]}${waits ? " on the second day" : ""}`);
    }
    for (const [name, values] of it.unknown(place)) {
      for (const [value, points] of values) add(name, value, `if ${value}: ${signed(points)}`);
    }
    if (!traits.size) return [];
    const lines = [...traits].map(([name, values]) => make("li", {}, make("b", {}, name), ": ", [...values.values()].join("; ")));
    return [make("h3", {}, "Unknown traits, and what they could change"), make("ul", { class: "plain" }, ...lines)];
  }

  function events(it, place) {
    const found = it.triggers(place);
    const parts = [make("h3", {}, "Triggers and engagement")];
    const lines = found.map((event) => make("li", {}, make("b", {}, event.name), ` ${ago(event.age)}: ${signed(event.counted)}`,
      event.counted < event.alone - 0.0005 ? make("span", { class: "soft" }, ` (${signed(event.alone)} alone; it counts less beside a stronger trigger)`) : null));
    if (!found.length) lines.push(make("li", { class: "soft" }, "No active trigger (funding, new executive and the like)."));
    lines.push(make("li", {}, make("b", {}, "Engagement"), it.engagement[place] ? `: ${signed(it.engagement[place])}` : ": adds nothing", make("span", { class: "soft" }, it.engagement[place] ? "" : " (there is little, or the fit is too low for it to count)")));
    if (it.priority[place] !== null) lines.push(make("li", {}, "Priority (work the highest first): ", make("b", {}, signed(it.priority[place]))));
    return [...parts, make("ul", { class: "plain" }, ...lines)];
  }

  function past(it, place) {
    const entries = it.history(place);
    if (!entries.length) return [];
    const lines = [...entries].reverse().map(([date, source, target, cause, version]) =>
      make("li", {}, `${date ? day(date) : "–"}: `, source ? `${tierName(source)} → ` : "", make("b", {}, tierName(target)), make("span", { class: "soft" }, ` · ${cause}${version ? ` · ICP ${version}` : ""}`)));
    return [make("h3", {}, "Tier history"), make("ul", { class: "plain" }, ...lines)];
  }

  let table = null;
  if (chooser) { chooser.closest(".chooser").hidden = false; chooser.addEventListener("change", showIcp); }
  showIcp();
  const data = $("#accounts-data");
  if (data && typeof DecompressionStream === "function") {
    unpack(data.textContent.trim()).then((unpacked) => {
      $("#accounts-table").hidden = false;
      $("#accounts-plain").hidden = true;
      table = new Table(unpacked);
      document.documentElement.dataset.ready = "yes";
    });
  }
})();
