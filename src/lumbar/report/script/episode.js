// One episode by its number in the list, which stands in the address after the sign #.
const size = JSON.parse(byId("size").textContent);
const place = byId("episode");

const toEpisode = (number, words) => (number < 0 || number >= size.episodes ? null : el("a", { href: `#${number}` }, words));

async function showEpisode() {
  const number = Number(location.hash.slice(1));
  if (!/^#\d+$/.test(location.hash) || number >= size.episodes) {
    place.replaceChildren(el("p", {}, "No episode of that number: choose one in the ", el("a", { href: "episodes.html" }, "list"), "."));
    return;
  }
  const at = [Math.floor(number / size.a_block), number % size.a_block];
  let found;
  try {
    found = (await block(`paths-${at[0]}`))[at[1]];
  } catch (problem) {
    place.replaceChildren(el("p", {}, "This page lies in the folder data beside it, and is not there."));
    return;
  }
  const proved = await proof(found.episode_id, at, (row) => row.in_measure);
  byId("title").textContent = found.title;
  const sections = document.createElement("template");
  sections.innerHTML = found.sections; // written and escaped by the same hand as the page itself
  const steps = el("p", { class: "steps" });
  for (const step of [toEpisode(number - 1, "‹ before it in the list"), toEpisode(number + 1, "after it in the list ›")]) {
    if (step) steps.append(step, " ");
  }
  place.replaceChildren(el("p", { class: "strong long-id" }, found.about), sections.content, el("section", { "aria-label": "Proof" }, ...proved.map(asSection)), steps);
  settleFrames();
}

// The headings of a proof stand one level higher here than in the list.
function asSection(part) {
  return part.tagName === "H3" ? el("h2", {}, part.textContent) : part;
}

addEventListener("hashchange", async () => {
  await showEpisode();
  scrollTo(0, 0);
});
showEpisode();
