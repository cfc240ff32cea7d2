// The conversation: kept over a reload, undone step by step, shared as a link. Knows nothing about what is drawn.
const KEPT = "bundlesmith.talk", GUEST = "bundlesmith.guest";
const PLAIN = { user: null, words: "", items: [], budget: null, size: "2:5", exclude: [], slots: [], in_stock: true, n: 2 };
export const talk = { ask: { ...PLAIN }, turns: [], state: null, ...read() };
/** No rules, for the same customer. */
export const ruled = ({ user, n }) => ({ ...PLAIN, user, n });
const past = [];

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    for (const turn of kept?.turns || []) if (turn.state === "working") turn.state = "stopped";
    return kept;
  } catch {
    return null;
  }
}

const plain = (turn) => ({ ...turn, swap: null, weighing: false, renewing: null });

export function keep() {
  localStorage.setItem(KEPT, JSON.stringify({ ask: talk.ask, state: talk.state, turns: talk.turns.slice(-30).map((turn) => ({ ...plain(turn), opened: null })) }));
}

export function remember() {
  past.push(JSON.stringify({ ask: talk.ask, state: talk.state, turns: talk.turns.map(plain) }));
  past.splice(0, past.length - 30);
}

/** The turn whose set is spoken of. */
export const shown = () => talk.turns.slice(talk.turns.findLastIndex((turn) => turn.act === "restart") + 1).findLast((turn) => turn.sets.length);

export const undoable = () => past.length > 0;

export function undo() {
  Object.assign(talk, JSON.parse(past.pop()));
  keep();
}

export function begin() {
  remember();
  Object.assign(talk, { ask: ruled(talk.ask), turns: [], state: null });
  keep();
}

/** Who acts, when no customer is chosen. */
export function guest() {
  const known = localStorage.getItem(GUEST) || `guest-${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
  localStorage.setItem(GUEST, known);
  return known;
}

/** All that is done and asked is a token's customer's; *known*: what they did before is. */
export function act(user, known) {
  localStorage.setItem(GUEST, user);
  talk.ask.user = known ? user : null;
}

export const turnOf = (text, ask, more) => ({ id: crypto.getRandomValues(new Uint32Array(1))[0], text, before: ask, ask, last: [], ignore: [], phrases: [],
  sets: [], at: 0, state: "working", suggestions: [], reply: "", ...more });

/** A link to a set: its items and what was asked; not who asked. */
export function link(turn, set) {
  const { user, items, exclude, only, ...ask } = turn.ask;
  const bytes = new TextEncoder().encode(JSON.stringify({ text: turn.text, ask, items: set.items.map((item) => item.item) }));
  const packed = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  return `${location.origin}/#set=${packed}`;
}

/** What a link says, or null if it says nothing that makes sense. */
export function linked() {
  if (!location.hash.startsWith("#set=")) return null;
  try {
    const packed = atob(location.hash.slice(5).replaceAll("-", "+").replaceAll("_", "/"));
    const { text, ask, items } = JSON.parse(new TextDecoder().decode(Uint8Array.from(packed, (sign) => sign.charCodeAt(0))));
    const known = Object.fromEntries(Object.entries(ask).filter(([name]) => name in PLAIN));
    return { text: String(text), ask: { ...PLAIN, ...known }, items: items.slice(0, 100).map(String) };
  } catch {
    return null;
  }
}
