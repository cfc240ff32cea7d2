// The page, put together: what is said is understood, asked for, and drawn while it comes.
import { get, post, setKey, stream, Trouble } from "./api.js";
import { deeds } from "./deeds.js";
import { byId, h, line, redraw, say } from "./dom.js";
import { picture } from "./pictures.js";
import { price } from "./set.js";
import { begin, keep, linked, PLAIN, remember, talk, undo, undoable } from "./state.js";
import { drawn } from "./turn.js";
import { drawnWishes, examples } from "./wishes.js";
import { language, money, setLanguage, t } from "./words.js";

let shop = null, customers = [], under = null;
const does = deeds({ draw, send, run, show, trouble });

function draw() {
  drawTools();
  redraw(byId("wishes"), drawnWishes(talk.ask, shop, customers, change));
  const welcome = talk.turns.length ? [] : [hello()];
  redraw(byId("turns"), welcome, talk.turns.map((turn) => h("section", { class: "turn", "data-turn": turn.id }, drawn(turn, does, turn === talk.turns.at(-1) && !under))));
  byId("stop").hidden = !under;
  byId("send").hidden = Boolean(under);
}

/** Only one turn, while it comes. */
function show(turn) {
  const box = document.querySelector(`[data-turn="${turn.id}"]`);
  if (box) redraw(box, drawn(turn, does, turn === talk.turns.at(-1) && !under));
  else draw();
}

function hello() {
  return h("div", { class: "hello" }, h("h1", {}, t("hello")), h("p", { class: "muted" }, t("intro")),
    h("div", { class: "examples" }, examples(shop).map(([top, text]) => h("button", { type: "button", class: "example", onclick: () => send(text) },
      picture({ category: [top] }, 26), h("span", {}, text)))));
}

function drawTools() {
  const tool = (name, d, act, disabled) => h("button", { type: "button", class: "button icon", title: t(name), "aria-label": t(name), "data-key": name, disabled, onclick: act }, line(d));
  redraw(byId("tools"), tool("undo", "M9 7L4 11l5 4M4 11h10a5 5 0 0 1 0 10h-3", back, !undoable() || Boolean(under)), tool("fresh", "M12 5v14M5 12h14", () => { stop(); under = null; begin(); banner(); draw(); byId("text").focus(); }),
    tool("theme", "M20 14a8 8 0 1 1-10-10 6.500 6.500 0 0 0 10 10z", theme),
    h("button", { type: "button", class: "button", "data-key": "language", lang: language === "zh" ? "en" : "zh", onclick: () => { setLanguage(language === "zh" ? "en" : "zh"); texts(); draw(); }, "aria-label": t("language") }, language === "zh" ? "EN" : "ZH"));
}

function theme() {
  const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("bundlesmith.theme", root.dataset.theme);
}

function back() {
  undo();
  banner();
  draw();
  say(t("undone"));
}

function change(values) {
  talk.ask = { ...talk.ask, ...values };
  keep();
  draw();
}

/** What is said: understood, then answered. */
async function send(text) {
  if (under) return;
  const last = talk.turns.at(-1), set = last?.sets[last.at];
  const before = { ...talk.ask, items: set ? set.kept.map(String) : [] };
  const turn = { id: crypto.getRandomValues(new Uint32Array(1))[0], text, before, last: set ? set.items.map((item) => String(item.item)) : [], ignore: [], phrases: [], ask: before, sets: [], at: 0, state: "working" };
  remember();
  talk.turns.push(turn);
  await run(turn);
}

async function run(turn) {
  stop();
  const mine = (under = new AbortController());
  Object.assign(turn, { state: "working", sets: [], at: 0, trouble: null });
  banner();
  draw();
  document.querySelector(`[data-turn="${turn.id}"]`).scrollIntoView({ block: "start" });
  say(t("working"));
  try {
    await understood(turn, mine.signal);
    show(turn);
    performance.mark("asked");
    const done = await stream("/v1/bundles", { ...turn.ask, language, stream: true }, mine.signal, (name, values) => heard(turn, name, values));
    turn.sets = done.bundles.map((bundle) => ({ ...bundle, kept: bundle.items.map((item) => item.item).filter((item) => turn.ask.items.includes(String(item))), complete: true }));
    turn.timing = done.timing;
    turn.state = "done";
    say(t("ready", `${turn.sets[0].intent}. ${turn.sets[0].explanation} ${t("total")} ${money(price(turn.sets[0]))}`));
  } catch (error) {
    if (under !== mine) return;
    turn.state = error.name === "AbortError" ? "stopped" : "trouble";
    if (turn.state === "trouble") trouble(error, () => run(turn));
  }
  if (under === mine) under = null;
  talk.ask = { ...turn.ask, items: [] };
  keep();
  draw();
}

async function understood(turn, signal) {
  if (!turn.text) return;
  const found = await post("/v1/understand", { text: turn.text, ask: turn.before, last: turn.last, ignore: turn.ignore }, signal);
  Object.assign(turn, { phrases: found.phrases, ask: { ...found.ask, n: turn.before.n } });
}

/** A piece of an answer. */
function heard(turn, name, values) {
  const set = (turn.sets[values.bundle] ??= { items: [], intent: "", explanation: "", kept: [] });
  for (let place = 0; place < values.bundle; place++) turn.sets[place] ??= { items: [], intent: "", explanation: "", kept: [] };
  if (name === "item") {
    set.items.push(values.item);
    set.fresh = values.item.item;
    if (values.bundle === turn.at) say(t("item_said", values.item.title, money(values.item.price)));
    show(turn);
    requestAnimationFrame(() => performance.mark("card")); // how soon is measured in tests
  } else if (name === "bundle") Object.assign(set, { items: values.items, complete: true, fresh: null });
  else set[values.part] += values.text;
  if (name !== "item") show(turn);
}

function stop() {
  under?.abort();
}

/** Trouble in clear words, and a way out of it. */
function trouble(error, retry) {
  if (!(error instanceof Trouble)) throw error;
  const known = { 0: "away", 429: "busy", 503: error.kind === "engineloading" ? "loading" : "gone", 504: "late" }[error.status];
  if (error.status === 401 || error.status === 403) return askKey(retry);
  const text = error.status === 400 || error.status === 422 ? t("impossible", `${error.message} ${error.fix}`) : t(known || "broken");
  const again = [0, 429, 503].includes(error.status) ? Math.max(1, error.after || 2) : 0;
  wait(text, again, retry, error.status === 429 ? "" : "bad");
}

function wait(text, seconds, retry, kind) {
  const count = h("span", { class: "muted" });
  const box = h("div", { class: `notice ${kind}`, role: "alert" }, h("p", {}, text, " ", count), retry && h("button", { type: "button", class: "button", onclick: () => { banner(); retry(); } }, t("retry")));
  banner(box);
  if (!seconds) return;
  const tick = () => {
    if (!box.isConnected) return;
    if (seconds <= 0) { banner(); retry(); return; }
    count.textContent = t("again_in", seconds--);
    setTimeout(tick, 1000);
  };
  tick();
}

function askKey(retry) {
  const field = h("input", { id: "key", type: "password", autocomplete: "off" });
  banner(h("form", { class: "notice row", onsubmit: (event) => { event.preventDefault(); setKey(field.value); banner(); retry(); } },
    h("p", {}, t("key")), h("label", { for: "key" }, t("key_field")), field, h("button", { class: "button main" }, t("use"))));
}

function banner(...boxes) {
  byId("banner").replaceChildren(...boxes);
}

/** What stands on the page from the start. */
function texts() {
  document.querySelector(".skip").textContent = t("skip");
  const field = h("textarea", { id: "text", rows: 1, maxlength: 4000, placeholder: t("placeholder"), "aria-label": t("message"), value: byId("text")?.value || "",
    onkeydown: (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); byId("composer").requestSubmit(); } } });
  byId("composer").replaceChildren(field, h("button", { id: "send", class: "button main", hidden: Boolean(under) }, t("send")), h("button", { id: "stop", type: "button", class: "button", hidden: !under, onclick: stop }, t("stop")));
}

async function start() {
  try {
    [shop, { users: customers }] = await Promise.all([get("/v1/shop"), get("/v1/users?sample=8")]);
    draw();
    await opened();
  } catch (error) {
    trouble(error, start);
  }
}

/** A set that somebody shared. */
async function opened() {
  const found = linked();
  if (!found) return;
  history.replaceState(null, "", "/");
  const got = await Promise.allSettled(found.items.map((item) => get(`/v1/items/${encodeURIComponent(item)}`)));
  const items = got.filter((one) => one.status === "fulfilled").map((one) => one.value);
  remember();
  const ask = { ...PLAIN, ...found.ask };
  talk.turns.push({ id: crypto.getRandomValues(new Uint32Array(1))[0], text: found.text, before: ask, last: [], ignore: [], phrases: [], ask, shared: true, at: 0, state: "done",
    sets: [{ items, intent: found.text, explanation: items.length < got.length ? t("unsold") : "", kept: [], complete: true }] });
  talk.ask = ask;
  keep();
  draw();
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("text"), text = field.value.trim();
  if (!text || under) return;
  field.value = "";
  send(text);
});
addEventListener("keydown", (event) => {
  const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "Escape") stop();
  if (event.key === "/" && !writing) { event.preventDefault(); byId("text").focus(); }
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !writing && !under && undoable()) { event.preventDefault(); back(); }
});
setLanguage(language);
texts();
draw();
start();
