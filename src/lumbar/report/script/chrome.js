// What every page does: elements made of text, the theme, frames that scroll, folded parts opened for printing.
// Everything from the data enters the page as text, never as markup.
const byId = (id) => document.getElementById(id);

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
