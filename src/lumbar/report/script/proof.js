// One episode's results and proof in elements.
const WINDOW = {
  preoperative: "before surgery", three_month: "three months", one_year: "one year", outside: "outside every window",
};
const labels = JSON.parse(byId("labels").textContent);
const label = (kind, name) => labels[kind][name] || (name || "").replaceAll("_", " ");
const name = (row) => `${label("instrument", row.instrument)} at ${label("timepoint", row.timepoint)}`;
const span = (dates) => `${dates[0]} to ${dates[1]}`;

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

// `quoted` is one word to any shell, whatever the id holds.
function commandFor(episodeId) {
  const quoted = `'${episodeId.replaceAll("'", "'\\''")}'`;
  return el("p", {}, "The proof is shown by ", el("code", {}, `lumbar explain DIR ${quoted}`), ", DIR being the folder of this report.");
}

// The proof at its place, a block and a number in it; `isOpen` says which of its rows are unfolded.
async function proof(episodeId, place, isOpen) {
  if (!place) return [el("h3", {}, "Proof"), commandFor(episodeId)];
  let found;
  try {
    found = (await block(`proofs-${place[0]}`))[place[1]];
  } catch (problem) {
    return [el("h3", {}, "Proof"), el("p", {}, "The proof cannot be unpacked here."), commandFor(episodeId)];
  }
  const shared = found.rows[0].notes.filter((note) => found.rows.every((row) => row.notes.includes(note)));
  return [
    el("h3", {}, "Proof"),
    el("p", { class: "soft" }, (found.reading || []).join(" ")),
    el("p", {}, "Why this is an episode"),
    list(found.why_an_episode),
    ...(shared.length ? [el("p", {}, "True of every result below"), list(shared)] : []),
    ...found.rows.map((row) => rowProof(row, shared, isOpen(row))),
  ];
}
