// Search, filter and unfold the episodes; switch the theme; open the folded parts for printing.
// Everything from the data enters the page as text, never as markup.
(() => {
  "use strict";

  const PAGE = 50;
  const MARK = { met: "✓", not_met: "✗", not_assessed: "□", open: "○", upcoming: "→", excluded: "⊘" };
  const WINDOW = {
    preoperative: "before surgery", three_month: "three months", one_year: "one year", outside: "outside every window",
  };
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("episode-data").textContent);
  const label = (kind, name) => data.labels[kind][name] || (name || "").replaceAll("_", " ");

  function named(names, indexes) {
    const row = {};
    names.forEach((name, at) => { row[name] = indexes[at] === null ? null : data.words[indexes[at]]; });
    return row;
  }

  const episodes = data.episodes.map(([about, place, rows]) => {
    const episode = named(data.episode, about);
    episode.place = place;
    episode.rows = rows.map((row) => named(data.row, row));
    for (const row of episode.rows) {
      row.flagList = row.flags ? row.flags.split(" ") : [];
      row.own = `${row.measure_id} ${episode.kind} ${row.timepoint}` in data.ownStratum;
    }
    episode.text = [
      episode.episode_id, episode.patient_id, episode.index_date, label("kind", episode.kind), episode.surgeon_npi,
      label("payer", episode.payer), ...episode.rows.map((row) => row.code), ...episode.rows.map((row) => row.reported_code),
    ].join(" ").toLowerCase();
    return episode;
  });

  // An element with text or elements inside; strings become text nodes.
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  function table(caption, heads, rows, classes = []) {
    const head = el("tr", {}, ...heads.map(([text, kind]) => el("th", { scope: "col", class: kind || "" }, text)));
    const body = rows.map((cells, at) => el("tr", classes[at] ? { class: classes[at] } : {}, ...cells.map((text, column) => {
      const attributes = column === 0 ? { scope: "row" } : {};
      if (heads[column][1]) attributes.class = heads[column][1];
      return el(column === 0 ? "th" : "td", attributes, text || "–");
    })));
    const whole = el("table", {}, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, ...body));
    return el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, whole);
  }

  const name = (row) => `${label("instrument", row.instrument)} at ${label("timepoint", row.timepoint)}`;
  const standing = (row) => label("status", row.status) + (row.provisional === "yes" ? " (provisional)" : "");
  const why = (row) => (row.in_measure === "yes" ? "yes" : `no: ${label("not_in_measure_because", row.not_in_measure_because)}`);

  const span = (dates) => `${dates[0]} to ${dates[1]}`;

  function reported(row) {
    if (!row.reported_code) return "";
    if (!row.reported_agrees) return row.reported_code;
    return `${row.reported_code} (${row.reported_agrees === "yes" ? "agrees" : "differs"})`;
  }

  const counted = (row) => row.in_measure === "yes" || row.status === "excluded";

  // A sign for the eye beside the word; a screen reader is spared it.
  const mark = (row) => el("span", { "aria-hidden": "true" }, `${MARK[row.status] || ""} `);

  function chip(row) {
    const about = `${label("instrument", row.instrument)} `;
    const classes = `chip chip-${row.status}${counted(row) ? "" : " chip-uncounted"}`;
    return el("span", { class: classes }, about, mark(row), standing(row));
  }

  // Why an episode does not count at the timepoint of its kind; most often one reason for all its measures.
  function uncounted(own) {
    const reasons = own.filter((row) => !counted(row)).map((row) => label("not_in_measure_because", row.not_in_measure_because));
    return reasons.length ? `not in the measure: ${[...new Set(reasons)].join(", ")}` : "";
  }

  function results(episode, wanted) {
    const columns = [
      ["Result and window", "nowrap", (row) => el("span", {}, name(row), el("br"), el("span", { class: "soft" }, span([row.window_opens, row.window_closes])))],
      ["Status", "nowrap", (row) => el("span", {}, mark(row), standing(row))],
      ["Before", "num", (row) => (row.preoperative_score === null ? "" : `${row.preoperative_score} on ${row.preoperative_on}`)],
      ["After", "num", (row) => (row.postoperative_score === null ? "" : `${row.postoperative_score} on ${row.postoperative_on}`)],
      ["Improvement", "num", (row) => row.improvement],
      ["Code", "", (row) => row.code],
      ["In the measure", "", why],
      ["Flags", "flags", (row) => row.flagList.map((flag) => flag.replaceAll("_", " ")).join(", ")],
      ["Reported code", "", reported],
    ].filter(([, , of]) => episode.rows.some(of));
    const rows = episode.rows.map((row) => columns.map(([, , of]) => of(row)));
    const matched = episode.rows.map((row) => rowMatches(row, wanted));
    const classes = matched.map((match) => (match && !matched.every(Boolean) ? "match" : ""));
    return table("Results at both timepoints, scores in points", columns, rows, classes);
  }

  // Proofs lie compressed in blocks; a block is opened once, when a reader first asks for one of its proofs.
  const blockElements = document.querySelectorAll("script.proof-block");
  const blocks = new Map();
  function block(at) {
    if (!blocks.has(at)) {
      const packed = Uint8Array.from(atob(blockElements[at].textContent), (character) => character.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
      blocks.set(at, new Response(stream).json());
    }
    return blocks.get(at);
  }

  function list(items) {
    return el("ul", {}, ...items.map((item) => el("li", {}, item)));
  }

  function definition(pairs) {
    const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
    return el("dl", {}, ...given.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
  }

  function candidates(row) {
    if (!row.candidates.length) return el("p", { class: "soft" }, "No score of this instrument in these data.");
    const heads = [["Date", "nowrap"], ["Window", "nowrap"], ["Score", "num"], ["Chosen", "nowrap"], ["Why"], ["Scale"], ["Side"], ["Score id"]];
    const rows = row.candidates.map((c) => [
      c.assessed_on, WINDOW[c.window] || c.window, c.value_text || c.value, c.chosen ? "✓ chosen" : "no", c.because,
      label("scale", c.scale), c.side, c.score_id,
    ]);
    const classes = row.candidates.map((c) => (c.chosen ? "chosen" : ""));
    return table(`Every score considered for ${name(row).toLowerCase().replace("odi", "ODI")}`, heads, rows, classes);
  }

  function rowProof(row, shared, open) {
    const code = row.code ? `, ${row.code}` : "";
    const notes = row.notes.filter((note) => !shared.includes(note));
    const facts = definition([
      ["Before", `${span(row.preoperative_window)}, both days counted`],
      ["After", `${span(row.postoperative_window)}, both days counted`],
      ["Arithmetic", row.arithmetic],
      ["Rule", row.rule],
      ["Code", row.code || "none yet"],
      ["Counts", row.counts],
      ["Otherwise", row.counterfactual],
      ["Notes", notes.length ? list(notes) : null],
      ["Sources", list(row.cite.split(" · "))],
    ]);
    const heading = el("summary", {}, `${name(row)}: ${row.headline}${code}`);
    const fold = el("details", { class: "proof" }, heading, candidates(row), facts);
    fold.open = open;
    return fold;
  }

  async function proof(episode) {
    const quoted = `'${episode.episode_id.replaceAll("'", "'\\''")}'`; // one word to any shell, whatever the id holds
    const command = el("p", {}, "The proof is shown by ", el("code", {}, `lumbar explain DIR ${quoted}`), ", DIR being the folder of this report.");
    if (!episode.place) return [el("h3", {}, "Proof"), command];
    let found;
    try {
      found = (await block(episode.place[0]))[episode.place[1]];
    } catch (problem) {
      return [el("h3", {}, "Proof"), el("p", {}, "This browser cannot unpack the proof."), command];
    }
    const shared = found.rows[0].notes.filter((note) => found.rows.every((row) => row.notes.includes(note)));
    const own = new Set(episode.rows.filter((row) => row.own).map((row) => `${row.instrument} ${row.timepoint}`));
    return [
      el("h3", {}, "Proof"),
      el("p", { class: "soft" }, (found.reading || []).join(" ")),
      el("p", {}, "Why this is an episode"),
      list(found.why_an_episode),
      ...(shared.length ? [el("p", {}, "True of every result below"), list(shared)] : []),
      ...found.rows.map((row) => rowProof(row, shared, own.has(`${row.instrument} ${row.timepoint}`))),
    ];
  }

  function item(episode, wanted) {
    const about = [episode.index_date, label("kind", episode.kind), episode.surgeon_npi ? `surgeon ${episode.surgeon_npi}` : "no surgeon recorded", label("payer", episode.payer)];
    const own = episode.rows.filter((row) => row.own);
    const summary = el(
      "summary", {}, el("span", { class: "who" }, episode.patient_id), el("span", { class: "what" }, about.join(" · ")),
      el("span", { class: "chips" }, ...own.map(chip)), el("span", { class: "aside" }, uncounted(own)),
    );
    const body = el("div", { class: "body" });
    const fold = el("details", { class: "episode" }, summary, body);
    fold.addEventListener("toggle", async () => {
      if (!fold.open || body.childElementCount) return;
      body.append(definition([["Episode", episode.episode_id]]), results(episode, wanted), el("p", { class: "soft" }, "Unpacking the proof …"));
      const parts = await proof(episode);
      body.lastElementChild.remove();
      body.append(...parts);
      settleFrames();
    });
    return el("li", {}, fold);
  }

  function rowMatches(row, wanted) {
    return (!wanted.measure || row.measure_id === wanted.measure)
      && (!wanted.timepoint || row.timepoint === wanted.timepoint)
      && (!wanted.status || row.status === wanted.status)
      && (!wanted.counted || row.in_measure === "yes")
      && (!wanted.flag
        || (wanted.flag === "+provisional" ? row.provisional === "yes"
          : wanted.flag === "+differs" ? row.reported_agrees === "no" : row.flagList.includes(wanted.flag)));
  }

  // An episode matches when one and the same of its results has all that is asked of a result.
  function matches(episode, query) {
    return query.words.every((word) => episode.text.includes(word))
      && (!query.surgeon || (episode.surgeon_npi || "-") === query.surgeon)
      && (!query.payer || episode.payer === query.payer)
      && episode.rows.some((row) => rowMatches(row, query.row));
  }

  const value = (id) => byId(`filter-${id}`).value;
  function query() {
    return {
      words: value("text").toLowerCase().split(/\s+/).filter(Boolean),
      surgeon: value("surgeon"),
      payer: value("payer"),
      row: {
        measure: value("measure"), timepoint: value("timepoint"), status: value("status"), flag: value("flag"),
        counted: byId("filter-counted").checked,
      },
    };
  }

  const shown = byId("list");
  const more = byId("more");
  let found = [];
  let asked = null;

  function say() {
    const n = found.length;
    const all = episodes.length.toLocaleString("en");
    const part = shown.childElementCount < n ? `, the first ${shown.childElementCount.toLocaleString("en")} shown` : "";
    byId("found").textContent = n ? `${n.toLocaleString("en")} of ${all} episodes match${part}.` : `None of ${all} episodes matches.`;
    more.hidden = shown.childElementCount >= n;
  }

  function grow() {
    const from = shown.childElementCount;
    shown.append(...found.slice(from, from + PAGE).map((episode) => item(episode, asked.row)));
    say();
    return shown.children[from];
  }

  function search() {
    asked = query();
    found = episodes.filter((episode) => matches(episode, asked));
    shown.replaceChildren();
    grow();
  }

  const filters = byId("filters");
  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(search, 150); };
  filters.hidden = false;
  filters.addEventListener("input", soon);
  filters.addEventListener("reset", () => setTimeout(search));
  filters.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  more.addEventListener("click", () => {
    const first = grow();
    if (first) first.querySelector("summary").focus();
  });
  search();

  const THEMES = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
  const theme = byId("theme");
  let chosen = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    chosen = (chosen + 1) % THEMES.length;
    document.documentElement.dataset.theme = THEMES[chosen][0];
    theme.textContent = `Theme: ${THEMES[chosen][1]}`;
  });

  // A frame is a stop for the keyboard only while there is something in it to scroll to.
  function settleFrames() {
    for (const frame of document.querySelectorAll(".scroll")) {
      const scrolls = frame.scrollWidth > frame.clientWidth || frame.scrollHeight > frame.clientHeight;
      if (scrolls) frame.tabIndex = 0; else frame.removeAttribute("tabindex");
    }
  }
  addEventListener("resize", settleFrames);
  document.addEventListener("toggle", () => requestAnimationFrame(settleFrames), true);
  settleFrames();

  // Paper cannot unfold: tables that belong on paper are printed open, and folded again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.paper:not([open])")];
    opened.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => {
    opened.forEach((fold) => { fold.open = false; });
    opened = [];
  });
})();
