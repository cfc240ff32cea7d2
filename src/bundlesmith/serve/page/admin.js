// The page of the shop's people: what the API says of the service, and what it lets them change.
import { get, post, put, setKey } from "./api.js";
import { bars, interval } from "./draw.js";
import { button, byId, h, redraw, toast } from "./dom.js";

const EVERY = 10_000; // milliseconds between two looks at what happens now
let models = null;

const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const ms = (value) => (value === null ? "–" : `${Math.round(value)} ms`);
const range = (low, high) => `${percent(low)} to ${percent(high)}`;
const said = (share) => `${percent(share.share)} (${share.hits} of ${share.of}, ${range(share.low, share.high)})`;
const row = (...cells) => h("tr", cells.map((cell) => h("td", cell)));

function table(heads, rows) {
  return h("div.wide", { tabindex: 0, role: "group", "aria-label": heads.join(", ") },
    h("table", h("thead", h("tr", heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", rows)));
}

/** Do it; what goes wrong is shown, and a missing key asked for. */
async function tried(deed) {
  try {
    const found = await deed();
    redraw(byId("trouble"));
    return found;
  } catch ({ status, message, fix }) {
    const said = `${message || "The shop can't be reached."} ${fix || ""}`, door = status === 401 || status === 403;
    if (door) byId("why").textContent = said;
    byId("door").hidden = !door;
    byId("rooms").hidden ||= door;
    redraw(byId("trouble"), !door && h("p.notice.bad", { role: "alert" }, said));
    return null;
  }
}

async function overview() {
  const now = await tried(() => get("/v1/admin/overview"));
  if (!now) return;
  if (!models) offer(now.engines.map((one) => one.model));
  const failed = Object.values(now.errors).reduce((sum, count) => sum + count, 0);
  const tiles = { Requests: now.requests, Failed: failed, "From the cache": now.cached, "Valid bundles": percent(now.bundles ? now.valid / now.bundles : null),
    "Fewer than asked": now.short, "First item, median": ms(now.first_item.p50), "Whole answer, median": ms(now.whole.p50),
    "Whole answer, 95th": ms(now.whole.p95), "Being written": `${now.queue.inside} of ${now.queue.places}` };
  redraw(byId("now"), h("dl.tiles", Object.entries(tiles).map(([name, value]) => h("div.tile", h("dt", name), h("dd", value)))),
    bars(now.minutes, `Requests of each minute: ${now.requests} in the last hour, ${failed} of them failed`),
    Object.entries(now.errors).map(([kind, count]) => h("p", `${kind}: ${count}`)),
    table(["Model", "Engine", "State", "Base", "Items"], now.engines.map((one) => row(one.model, one.kind, one.state, one.base, one.items))));
}

/** The models to choose from; the first two, if there are as many. */
function offer(names) {
  models = names;
  for (const select of document.querySelectorAll("select")) {
    redraw(select, names.map((name) => h("option", { value: name }, name)));
    select.value = names[select.name === "b" ? 1 : 0] ?? names[0];
  }
}

async function outcomes() {
  const found = await tried(() => get("/v1/admin/figures"));
  const cell = (share, what) => [interval(share, `${what}: ${said(share)}`), said(share)];
  if (found) redraw(byId("outcomes"), found.figures.length ? table(["Model", "Version", "Side", "Shown", "Thumbs up", "Baskets", "Purchases"],
    found.figures.map((one) => row(one.model, one.run.slice(0, 8), one.variant || "–", one.shown, cell(one.up, "Thumbs up"),
      cell(one.baskets, "Baskets"), cell(one.purchases, "Purchases")))) : h("p", "Nothing was shown yet."));
}

async function running() {
  const found = await tried(() => get("/v1/admin/experiments"));
  if (found) redraw(byId("running"), found.experiments.map(experiment));
}

function experiment(one) {
  const end = async () => {
    if (await tried(() => post(`/v1/admin/experiments/${encodeURIComponent(one.name)}/end`, {}))) await running();
  };
  const outcome = ({ what, a, b, difference: { value, low, high, p } }) => row(what, said(a), said(b),
    value === null ? "–" : `${percent(value)} (${range(low, high)})`, `${p.toFixed(3)}${p < 0.05 ? ", significant" : ""}`);
  return h("div",
    h("h3", `${one.name}: ${one.a} against ${one.b}, ${one.percent} % on B `, one.ended === null ? button(".button", "End it", end) : h("span.chip.not", "over")),
    one.missing.length > 0 && h("p.notice", `Not served: ${one.missing.join(", ")}. Nobody is on a side.`),
    one.split_p < 0.001 && h("p.notice", "The sides' sizes aren't those asked for: something loses customers."),
    table(["Outcome", "A", "B", "B above A", "p"], one.outcomes.map(outcome)));
}

function answer({ model, timing, bundles }) {
  return h("div.tile.answer", h("h3", `${model}, ${ms(timing.whole)}`), bundles.map((bundle) => [
    h("ul", bundle.items.map((item) => h("li", h("span", item.title), h("span", item.price?.toFixed(2) ?? "–")))),
    h("p", h("b", bundle.intent)), h("p.muted", bundle.explanation)]));
}

function item(one) {
  const field = (name, value, step) => h("input", { type: "number", min: 0, step, value, "aria-label": `${name} of ${one.title}` });
  const price = field("Price", one.price, "any"), stock = field("Stock", one.stock);
  const filled = (box) => (box.value === "" ? undefined : Number(box.value)); // what is undefined isn't sent
  const save = async () => {
    if (await tried(() => put(`/v1/items/${encodeURIComponent(one.item)}`, { price: filled(price), stock: filled(stock) }))) toast(`Saved: ${one.title}`);
  };
  return row(String(one.item), one.title, price, stock, button(".button", "Save", save, { "aria-label": `Save ${one.title}` }));
}

const FORMS = {
  door({ key }) {
    setKey(key);
    byId("door").reset();
    return begin();
  },
  async begin({ percent, ...names }) {
    if (await tried(() => post("/v1/admin/experiments", { ...names, percent: Number(percent) }))) await running();
  },
  async compare({ words, budget, a, b }) {
    redraw(byId("answers"), h("p", "Both are writing …"));
    const found = await tried(() => post("/v1/admin/compare", { words, models: [a, b], ...(budget && { budget: Number(budget) }) }));
    redraw(byId("answers"), found?.answers.map(answer));
  },
  async roles(values) {
    if (await tried(() => put("/v1/admin/roles", values))) toast("Saved.");
  },
  async search({ search }) {
    const found = await tried(() => get(`/v1/items?limit=20&search=${encodeURIComponent(search)}`));
    if (found) redraw(byId("found"), h("p.muted", `${found.total} items${found.total > 20 ? ", the first 20" : ""}`),
      table(["Item", "Title", "Price", "Stock", ""], found.items.map(item)));
  },
};
for (const [id, deed] of Object.entries(FORMS)) {
  byId(id).onsubmit = ({ target }) => deed(Object.fromEntries(new FormData(target)));
}

async function purposes() {
  const { model, text } = byId("roles").elements, found = await tried(() => get(`/v1/admin/roles?model=${encodeURIComponent(model.value)}`));
  if (found) text.value = found.text;
}
byId("roles").elements.model.onchange = purposes;

async function begin() {
  await overview();
  if (!models) return;
  byId("door").hidden = true;
  byId("rooms").hidden = false;
  await Promise.all([outcomes(), running(), purposes(), FORMS.search({ search: "" })]);
}

begin();
setInterval(() => document.hidden || !models || overview(), EVERY);
