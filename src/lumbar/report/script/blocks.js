// Data that lies compressed in blocks: in the page itself, or beside it in scripts that hand their block over.
const blocks = new Map();
const awaited = new Map();

// A page that is a file may not fetch, but it may load a script; each calls this once, with its name and its block.
globalThis.lumbarBlock = (name, packed) => awaited.get(name)(packed);

function packedBlock(name) {
  const within = byId(`block-${name}`);
  if (within) return Promise.resolve(within.textContent);
  return new Promise((handOver, fail) => {
    awaited.set(name, handOver);
    const script = el("script", { src: `data/${name}.js` });
    script.addEventListener("error", () => fail(new Error(`data/${name}.js is not there`)));
    document.head.append(script);
  });
}

async function unpacked(name) {
  const packed = Uint8Array.from(atob(await packedBlock(name)), (character) => character.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

// A block is opened once, when a reader first asks for something in it.
function block(name) {
  if (!blocks.has(name)) blocks.set(name, unpacked(name));
  return blocks.get(name);
}
