// The page, put together: what is said is understood, asked for, and drawn while it comes.
import { get, post, setKey, stream, Trouble } from "./api.js";
import { deeds } from "./deeds.js";
import { button, byId, h, redraw, say } from "./dom.js";
import { picture } from "./pictures.js";
import { Saying } from "./saying.js";
import { price } from "./set.js";
import { act, begin, keep, linked, remember, ruled, shown, talk, turnOf, undo, undoable } from "./state.js";
import { drawn } from "./turn.js";
import { changed, examples, showWishes } from "./wishes.js";
import { language, money, otherLanguage, payIn, speak, t } from "./words.js";

let shop = null, customers = [], under = null;
const does = deeds({ draw, send, run, trouble });
const box = (turn) => byId(`turn-${turn.id}`);
const inside = (turn) => drawn(turn, does, (turn === talk.turns.at(-1) || turn === shown()) && !under);

function draw() {
  showWishes(talk.ask, shop, customers, change);
  redraw(byId("turns"), talk.turns.map((turn) => h("section.turn", { id: `turn-${turn.id}` }, inside(turn))));
  redraw(byId("examples"), examples(shop).map(([top, text]) => button(".example", [picture({ category: [top] }, 26), h("span", text)], () => send(text))));
  byId("hello").hidden = talk.turns.length > 0;
  byId("stop").hidden = !under;
  byId("send").hidden = !!under;
  byId("undo").disabled = under || !undoable();
}

function show(turn) {
  if (talk.turns.includes(turn)) redraw(box(turn), inside(turn));
}

function change(values) {
  talk.ask = { ...talk.ask, ...values };
  keep();
  draw();
}

async function send(text) {
  if (under) return;
  const last = shown(), set = last?.sets[last.at];
  remember();
  const turn = turnOf(text, { ...talk.ask, items: set?.kept.map(String) ?? [] }, { last: set?.items.map((item) => String(item.item)) ?? [], was: talk.state });
  talk.turns.push(turn);
  await run(turn);
}

/** Answer a turn; what was said may have been understood before. */
async function run(turn, known) {
  stop();
  const mine = (under = new AbortController());
  const saying = new Saying((place, part, word) => {
    turn.sets[place][part] += word;
    show(turn);
  }, language);
  mine.signal.addEventListener("abort", () => saying.stop());
  Object.assign(turn, { state: "working", sets: [], at: 0 });
  redraw(byId("banner"));
  draw();
  box(turn).scrollIntoView({ block: "start" });
  say(t("working"));
  try {
    if (!known) await understood(turn, mine.signal);
    known = true;
    show(turn);
    performance.mark("asked");
    if (turn.silent) return spoken(turn, mine);
    const done = await stream("/v1/bundles", { ...turn.asked, language, understand: false, stream: true }, mine.signal, (name, values) => heard(turn, name, values, saying));
    performance.mark("answered", { detail: done.timing });
    await saying.end();
    mine.signal.throwIfAborted();
    turn.sets = done.bundles.map((bundle) => ({ ...bundle, complete: true,
      kept: bundle.items.map((item) => item.item).filter((item) => turn.ask.items.includes(String(item))) }));
    turn.state = "done";
    talk.state = { ...turn.then, sets: turn.sets.map((set) => set.items.map((item) => String(item.item))), options: turn.suggestions.map((one) => one.say) };
    const [set] = turn.sets;
    const titles = set.items.map((item) => item.title).join(", "); // items that come at once are spoken over each other
    say(t("ready", `${set.intent}: ${titles}. ${set.explanation} ${t("total")} ${money(price(set))}`));
  } catch (error) {
    saying.stop();
    if (under !== mine) return;
    turn.state = error.name === "AbortError" ? "stopped" : "trouble";
    if (error.kind === "no_bundle") Object.assign(turn, { state: "done", reply: error.message, suggestions: error.relaxations });
    else if (turn.state === "trouble") trouble(error, () => run(turn, known));
  }
  ended(turn, mine);
}

function ended(turn, mine) {
  if (under === mine) under = null;
  talk.ask = { ...turn.ask, items: [] };
  keep();
  draw();
}

/** A turn that is answered in words. */
function spoken(turn, mine) {
  turn.state = "done";
  talk.state = turn.then;
  say(turn.reply);
  ended(turn, mine);
}

async function understood(turn, signal) {
  Object.assign(turn, { asked: turn.before, ask: turn.before, then: {}, suggestions: [] });
  if (!turn.text) return;
  const { act, phrases, ask, answers, reply, suggestions, state } = await post("/v1/understand",
    { text: turn.text, ask: turn.before, last: turn.last, ignore: turn.ignore, ...(turn.was && { state: turn.was }) }, signal);
  const n = Math.max(ask.n, turn.before.n), items = state.ask?.items ?? [];
  Object.assign(turn, { act, phrases, reply, suggestions, then: state, silent: !answers, asked: { ...ask, n }, ask: { ...ruled(turn.before), ...state.ask, items, n } });
}

function heard(turn, name, values, saying) {
  for (let place = 0; place <= values.bundle; place++) turn.sets[place] ??= { items: [], intent: "", explanation: "", kept: [] };
  const set = turn.sets[values.bundle], seen = values.bundle === turn.at;
  if (name === "words") {
    if (seen) saying.say(values.bundle, values.part, values.text);
    else set[values.part] += values.text;
    return;
  }
  if (name === "item") {
    set.items.push(values.item);
    set.fresh = values.item.item;
    if (seen) say(t("item_said", values.item.title, money(values.item.price)));
  } else Object.assign(set, { items: values.items, complete: true, fresh: null });
  show(turn);
  requestAnimationFrame(() => performance.mark(name)); // how soon is measured by tests and `make bench-page`
}

const stop = () => under?.abort();

/** Trouble in clear words, and a way out of it. */
function trouble(error, retry) {
  if (!(error instanceof Trouble)) throw error;
  const { status, kind, after, message, fix } = error;
  if (status === 401 || status === 403) return askKey(retry);
  const gone = { engineloading: "loading", enginerestarting: "restarting" }[kind] || "gone";
  const said = { 0: "away", 429: "busy", 503: gone, 504: "late" }[status] || "broken";
  const text = status === 400 || status === 422 ? t("impossible", `${message} ${fix}`) : t(said);
  return wait(text, [0, 429, 503].includes(status) ? after || 2 : 0, retry, status === 429 || gone === "loading" ? "" : ".bad");
}

/** Say what is wrong, and try again after some seconds, if there are any. */
function wait(text, seconds, retry, look) {
  const again = () => {
    redraw(byId("banner"));
    retry();
  };
  const left = h("span.muted"), notice = h(`div.notice${look}`, { role: "alert" }, h("p", text, " ", left), button(".button", t("retry"), again));
  const tick = () => {
    if (!notice.isConnected) return;
    if (seconds <= 0) return again();
    left.textContent = t("again_in", seconds--);
    setTimeout(tick, 1000);
  };
  redraw(byId("banner"), notice);
  if (seconds) tick();
}

function askKey(retry) {
  byId("door").hidden = false;
  byId("door").onsubmit = () => {
    byId("door").hidden = true;
    setKey(byId("key").value);
    retry();
  };
}

async function opened() {
  const found = linked();
  if (!found) return;
  history.replaceState(null, "", "/");
  const got = await Promise.allSettled(found.items.map((item) => get(`/v1/items/${encodeURIComponent(item)}`)));
  const items = got.filter((one) => one.status === "fulfilled").map((one) => one.value);
  remember();
  talk.turns.push(turnOf(found.text, found.ask, { shared: true, state: "done",
    sets: [{ items, intent: found.text, explanation: items.length < got.length ? t("unsold") : "", kept: [], complete: true }] }));
  change(found.ask);
}

/** Whom one may name: on one's own machine anybody, else the token's customer; a public key gets a guest's token. */
async function mine({ kind, user }) {
  if (kind === "local") return (await get("/v1/users?sample=8")).users;
  if (kind === "user") {
    setKey((await post("/v1/tokens", { seconds: 86_400 })).token);
    return mine(await get("/v1/me"));
  }
  if (!user) throw new Trouble(403, setKey("")); // the shop's own keys have no place in a page
  const found = await get(`/v1/users/${encodeURIComponent(user)}`), known = found.history.length > 0;
  act(user, known);
  return known ? [found] : [];
}

async function start() {
  try {
    [shop, customers] = await Promise.all([get("/v1/shop"), get("/v1/me").then(mine)]);
    payIn(shop.currency);
    draw();
    await opened();
  } catch (error) {
    trouble(error, start);
  }
}

const TOOLS = {
  undo() {
    undo();
    redraw(byId("banner"));
    draw();
    say(t("undone"));
  },
  fresh() {
    stop();
    under = null;
    begin();
    redraw(byId("banner"));
    draw();
    byId("text").focus();
  },
  theme() {
    const { dataset } = document.documentElement;
    dataset.theme = (dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches) ? "light" : "dark";
    localStorage.setItem("bundlesmith.theme", dataset.theme);
  },
  language: () => otherLanguage().then(draw),
  stop,
};
for (const [id, use] of Object.entries(TOOLS)) byId(id).onclick = use;
byId("wishes").onchange = ({ target }) => change(changed(talk.ask, target));
byId("composer").onsubmit = () => {
  const text = byId("text").value.trim();
  if (!text || under) return;
  byId("text").value = "";
  send(text);
};
byId("text").onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("composer").requestSubmit();
};
addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return; // writing
  if (event.key === "/") byId("text").focus();
  else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !byId("undo").disabled) TOOLS.undo();
  else return;
  event.preventDefault();
});
document.querySelector("details.panel").open = matchMedia("(width >= 900px)").matches;
await speak(language);
draw();
start();
