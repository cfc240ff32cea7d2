// The page of the shop's people: what the API says of the service, and what it lets them change.
import { get, post, put, setKey } from "./api.js";
import { bars, interval } from "./draw.js";
import { byId, h, redraw, toast } from "./dom.js";

const EVERY = 10_000; // milliseconds between two looks at what happens now
let models = [];

const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const ms = (value) => (value === null ? "–" : `${Math.round(value)} ms`);
const money = (value) => (value === null ? "–" : value.toFixed(2));
const said = (share) => `${share.hits} of ${share.of}, ${percent(share.low)} to ${percent(share.high)}`;
const field = (text, input) => h("label", {}, text, input);
const submit = (text) => h("button", { class: "button main", type: "submit" }, text);
const number = (value) => h("td", { class: "number" }, value);

function table(heads, rows) {
  const head = h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)));
  return h("div", { class: "wide", tabindex: 0, role: "group", "aria-label": heads.join(", ") },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

/** Do it; what goes wrong is shown, and a missing key asked for. */
async function tried(deed) {
  try {
    const found = await deed();
    redraw(byId("trouble"));
    return found;
  } catch (error) {
    if (error.status === 401 || error.status === 403) askForKey(error);
    else redraw(byId("trouble"), h("p", { class: "notice bad", role: "alert" }, error.message || "The shop can't be reached.", " ", error.fix || ""));
    return null;
  }
}

function askForKey(error) {
  const key = h("input", { type: "password", id: "key", autocomplete: "off", required: true });
  const door = byId("door");
  door.hidden = false;
  redraw(door, h("h2", {}, "An administrator's key"), h("p", { class: "muted" }, error.message, " ", error.fix),
    h("div", { class: "fields" }, field("Key", key), submit("Open")));
  door.onsubmit = (event) => {
    event.preventDefault();
    setKey(key.value);
    door.hidden = true;
    begin();
  };
}

async function overview() {
  const now = await tried(() => get("/v1/admin/overview"));
  if (!now) return false;
  models = now.engines.map((one) => one.model);
  const failed = Object.values(now.errors).reduce((sum, count) => sum + count, 0);
  const tile = (name, value) => h("div", { class: "tile" }, h("dt", {}, name), h("dd", {}, value));
  redraw(byId("overview"), h("h2", {}, "The last hour"),
    h("dl", { class: "tiles" }, tile("Requests", now.requests), tile("Failed", failed), tile("From the cache", now.cached),
      tile("Valid bundles", now.bundles ? percent(now.valid / now.bundles) : "–"), tile("Fewer than asked", now.short),
      tile("First item, median", ms(now.first_item.p50)), tile("Whole answer, median", ms(now.whole.p50)),
      tile("Whole answer, 95th", ms(now.whole.p95)), tile("Being written", `${now.queue.inside} of ${now.queue.places}`)),
    bars(now.minutes, `Requests of each minute: ${now.requests} in the last hour, ${failed} of them failed`),
    Object.entries(now.errors).map(([kind, count]) => h("p", {}, `${kind}: ${count}`)),
    table(["Model", "Engine", "State", "Base", "Items"], now.engines.map((one) => h("tr", {},
      h("td", {}, one.model), h("td", {}, one.kind), h("td", {}, one.state), h("td", {}, one.base), number(one.items)))));
  return true;
}

async function figures() {
  const found = await tried(() => get("/v1/admin/figures"));
  if (!found) return;
  const cell = (share, what) => h("td", {}, interval(share, `${what}: ${said(share)}`), `${percent(share.share)} (${said(share)})`);
  redraw(byId("figures"), h("h2", {}, "What came of bundles, by model"),
    h("p", { class: "muted" }, "Shares with Wilson's interval of 95 %: thumbs up of all thumbs, the others of all that were shown."),
    found.figures.length ? table(["Model", "Version", "Side", "Shown", "Thumbs up", "Baskets", "Purchases"], found.figures.map((one) =>
      h("tr", {}, h("td", {}, one.model), h("td", {}, one.run.slice(0, 8)), h("td", {}, one.variant || "–"), number(one.shown),
        cell(one.up, "Thumbs up"), cell(one.baskets, "Baskets"), cell(one.purchases, "Purchases"))))
      : h("p", {}, "Nothing was shown yet."));
}

const choice = (id) => h("select", { id }, models.map((name) => h("option", { value: name }, name)));

async function experiments() {
  const found = await tried(() => get("/v1/admin/experiments"));
  if (!found) return;
  const name = h("input", { id: "name", required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*" });
  const a = choice("a"), b = choice("b"), share = h("input", { id: "share", type: "number", min: 1, max: 99, value: 50 });
  if (models.length > 1) b.selectedIndex = 1;
  const form = h("form", { class: "fields", "aria-label": "New experiment" }, field("Name", name), field("A", a), field("B", b), field("% on B", share), submit("Begin"));
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (await tried(() => post("/v1/admin/experiments", { name: name.value, a: a.value, b: b.value, percent: Number(share.value) }))) await experiments();
  };
  redraw(byId("experiments"), h("h2", {}, "Experiments"),
    h("p", { class: "muted" }, "Customers are put on a side for good. Conversion is by customer; a difference is significant if its p is below 0.05."),
    form, found.experiments.map(experiment));
}

function experiment(one) {
  const end = async () => {
    if (await tried(() => post(`/v1/admin/experiments/${encodeURIComponent(one.name)}/end`, {}))) await experiments();
  };
  const row = ({ what, a, b, difference }) => h("tr", {}, h("td", {}, what),
    h("td", {}, `${percent(a.share)} (${said(a)})`), h("td", {}, `${percent(b.share)} (${said(b)})`),
    h("td", {}, difference.value === null ? "–" : `${percent(difference.value)} (${percent(difference.low)} to ${percent(difference.high)})`),
    h("td", {}, `${difference.p.toFixed(3)}${difference.p < 0.05 ? ", significant" : ""}`));
  return h("div", { class: "experiment", "data-name": one.name },
    h("h3", {}, `${one.name}: ${one.a} against ${one.b}, ${one.percent} % on B `,
      one.ended === null ? h("button", { class: "button", type: "button", onclick: end }, "End it") : h("span", { class: "chip not" }, "over")),
    one.missing.length ? h("p", { class: "notice" }, `Not served: ${one.missing.join(", ")}. Nobody is on a side.`) : null,
    one.split_p < 0.001 ? h("p", { class: "notice" }, "The sides' sizes aren't those that were asked for: something loses customers.") : null,
    table(["Outcome", "A", "B", "B above A", "p"], one.outcomes.map(row)));
}

function sides() {
  const words = h("input", { id: "words", value: "a present for a cyclist", size: 34 }), budget = h("input", { id: "budget", type: "number", min: 0, step: "any" });
  const left = choice("left"), right = choice("right"), box = h("div", { class: "columns", "aria-live": "polite" });
  if (models.length > 1) right.selectedIndex = 1;
  const form = h("form", { class: "fields", "aria-label": "One request, two models" }, field("Request", words), field("Budget", budget), field("Model", left), field("Other model", right), submit("Compare"));
  form.onsubmit = async (event) => {
    event.preventDefault();
    redraw(box, h("p", {}, "Both are writing …"));
    const ask = { words: words.value, models: [left.value, right.value], ...(budget.value ? { budget: Number(budget.value) } : {}) };
    const found = await tried(() => post("/v1/admin/compare", ask));
    redraw(box, found ? found.answers.map(answer) : null);
  };
  redraw(byId("sides"), h("h2", {}, "One request, two models"), form, box);
}

function answer(one) {
  return h("div", { class: "answer" }, h("h3", {}, `${one.model}, ${ms(one.timing.whole)}`),
    one.bundles.map((bundle) => [h("ul", {}, bundle.items.map((item) => h("li", {}, h("span", {}, item.title), h("span", {}, money(item.price))))),
      h("p", {}, h("b", {}, bundle.intent)), h("p", { class: "muted" }, bundle.explanation)]));
}

function catalogue() {
  const search = h("input", { id: "search", type: "search" }), box = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "fields", role: "search" }, field("Search", search), submit("Search"));
  const show = async () => {
    const found = await tried(() => get(`/v1/items?limit=20&search=${encodeURIComponent(search.value)}`));
    if (found) redraw(box, h("p", { class: "muted" }, `${found.total} items${found.total > 20 ? ", the first 20" : ""}`), table(["Item", "Title", "Price", "Stock", ""], found.items.map(item)));
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    show();
  };
  redraw(byId("catalogue"), h("h2", {}, "Catalogue"), form, box);
  show();
}

function item(one) {
  const price = h("input", { type: "number", min: 0, step: "any", value: one.price ?? "", "aria-label": `Price of ${one.title}` });
  const stock = h("input", { type: "number", min: 0, value: one.stock ?? "", "aria-label": `Stock of ${one.title}` });
  const save = async () => {
    const changed = { ...(price.value === "" ? {} : { price: Number(price.value) }), ...(stock.value === "" ? {} : { stock: Number(stock.value) }) };
    if (await tried(() => put(`/v1/items/${encodeURIComponent(one.item)}`, changed))) toast(`Saved: ${one.title}`);
  };
  return h("tr", {}, h("td", {}, String(one.item)), h("td", {}, one.title), h("td", {}, price), h("td", {}, stock),
    h("td", {}, h("button", { class: "button", type: "button", onclick: save, "aria-label": `Save ${one.title}` }, "Save")));
}

async function begin() {
  if (!(await overview())) return;
  await Promise.all([figures(), experiments()]);
  sides();
  catalogue();
}

begin();
setInterval(() => document.hidden || !models.length || overview(), EVERY);
