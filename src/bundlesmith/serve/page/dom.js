// Elements from values. Text becomes text: nothing here can turn a title into markup.
const DRAWN = new Set(["svg", "use", "path", "rect", "circle"]);

/** `h("p.muted", { id: "sum" }, …)` is <p class="muted" id="sum">…; values and children may be left out. */
export function h(tag, ...inside) {
  const values = inside[0]?.constructor === Object ? inside.shift() : {}, [name, ...classes] = tag.split(".");
  const made = DRAWN.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  if (classes.length) made.classList.add(...classes);
  for (const [name, value] of Object.entries(values).filter(([, value]) => there(value))) {
    if (name.startsWith("on") || name === "value") made[name] = value;
    else made.setAttribute(name === "key" ? "data-key" : name, value === true ? "" : value);
  }
  made.append(...inside.flat(9).filter(there));
  return made;
}

const there = (value) => (value ?? false) !== false;
export const byId = (id) => document.getElementById(id);

export const icon = (name, size = 20) => h("svg.line", { width: size, height: size, "aria-hidden": "true" },
  h("use", { href: `#i-${name}` }));

/** A button of some classes; `more` may hold a `key`, by which it is found again when it is drawn anew. */
export const button = (classes, inside, act, more) => h(`button${classes}`, { type: "button", onclick: act, ...more }, inside);

/** Change what is in an element; who was at one of its controls (by its key) is there again afterwards. */
export function redraw(box, ...inside) {
  const key = box.contains(document.activeElement) && document.activeElement.dataset.key;
  box.replaceChildren(...inside.flat(9).filter(there));
  if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// The browser itself sends no form.
addEventListener("submit", (event) => event.preventDefault());

export function say(text) {
  byId("live").textContent = text;
}

export function toast(text) {
  const box = h("p.toast", text);
  byId("toasts").append(box);
  say(text);
  setTimeout(() => box.remove(), 3500);
}

/** Copy text, in pages without TLS, too. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = h("textarea.unseen", text);
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}
