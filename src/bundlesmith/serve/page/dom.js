// Elements from values. Text becomes text: nothing here can turn a title into markup.
const SVG = new Set(["svg", "path", "rect", "circle"]);

export function h(tag, props = {}, ...children) {
  const made = SVG.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "open") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** A drawing of one line. */
export const line = (d, size = 20) => h("svg", { viewBox: "0 0 24 24", width: size, height: size, fill: "none",
  stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round", "stroke-linejoin": "round",
  "aria-hidden": "true" }, h("path", { d }));

/** Change what is in an element; who was at one of its controls (by `data-key`) is there again afterwards. */
export function redraw(box, ...children) {
  const key = box.contains(document.activeElement) && document.activeElement.dataset.key;
  box.replaceChildren(...children.flat(9).filter(Boolean));
  if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Say it to those who listen. */
export function say(text) {
  byId("live").textContent = text;
}

export function toast(text) {
  const box = h("p", { class: "toast" }, text);
  byId("toasts").append(box);
  say(text);
  setTimeout(() => box.remove(), 3500);
}

/** Copy text, in pages without TLS, too. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = h("textarea", { value: text, class: "unseen" });
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}
