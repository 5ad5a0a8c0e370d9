// The list of episodes: search, filter, show more and unfold.
const PAGE = 50;
const MARK = { met: "✓", not_met: "✗", not_assessed: "□", open: "○", upcoming: "→", excluded: "⊘" };

const standing = (row) => label("status", row.status) + (row.provisional === "yes" ? " (provisional)" : "");
const why = (row) => (row.in_measure === "yes" ? "yes" : `no: ${label("not_in_measure_because", row.not_in_measure_because)}`);

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

function listEpisodes(data) {
  function named(names, indexes) {
    const row = {};
    names.forEach((name, at) => { row[name] = indexes[at] === null ? null : data.words[indexes[at]]; });
    return row;
  }

  const episodes = data.episodes.map(([about, place, rows], number) => {
    const episode = named(data.episode, about);
    episode.number = number;
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
      const page = listed ? null : el("p", {}, el("a", { href: `episode.html#${episode.number}` }, "The page of this operation"));
      body.append(definition([["Episode", episode.episode_id]]), ...(page ? [page] : []), results(episode, wanted), el("p", { class: "soft" }, "Unpacking the proof …"));
      const own = new Set(episode.rows.filter((row) => row.own).map((row) => `${row.instrument} ${row.timepoint}`));
      const parts = await proof(episode.episode_id, episode.place, (row) => own.has(`${row.instrument} ${row.timepoint}`));
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
}

const listed = byId("episode-data");
if (listed) listEpisodes(JSON.parse(listed.textContent));
else block("episodes").then(listEpisodes, () => { byId("found").textContent = "The list lies in the folder data beside this page, and is not there."; });
