// The controls: for whom, how much, how many, of what. They show the request as it stands, and change it.
import { h, line } from "./dom.js";
import { picture } from "./pictures.js";
import { t } from "./words.js";

const range = (size) => size.split(":").length === 2 ? size.split(":").map(Number) : [Number(size), Number(size)];

export function drawnWishes(ask, shop, customers, change) {
  return h("details", { class: "panel", open: document.querySelector(".panel")?.open ?? matchMedia("(min-width: 900px)").matches },
    h("summary", { "data-key": "wishes" }, h("span", {}, t("wishes")), h("span", { class: "muted hint" }, t("menu_hint"))),
    h("div", { class: "fields" }, who(ask, customers, change), budget(ask, change), size(ask, change), slots(ask, shop, change),
      h("label", { class: "check" }, h("input", { type: "checkbox", id: "stock", "data-key": "stock", checked: ask.in_stock, onchange: (event) => change({ in_stock: event.target.checked }) }), t("stock")),
      field("sets", h("select", { id: "sets", "data-key": "sets", onchange: (event) => change({ n: Number(event.target.value) }) }, options([1, 2, 3, 4, 5], ask.n))),
      ask.exclude.length ? h("p", { class: "chip not" }, t("left_out", ask.exclude.length), cross(t("left_out", ask.exclude.length), () => change({ exclude: [] }), "exclude")) : null));
}

const field = (name, control) => h("div", { class: "field" }, h("label", { for: control.id }, t(name)), control);
const options = (values, chosen) => values.map((value) => h("option", { value, selected: value === chosen }, value));
const cross = (name, act, key) => h("button", { type: "button", class: "cross", "data-key": key, "aria-label": t("remove", name), onclick: act }, line("M6 6l12 12M18 6L6 18", 14));

function who(ask, customers, change) {
  const known = customers.find((customer) => customer.user === ask.user);
  return [field("customer", h("select", { id: "customer", "data-key": "customer", onchange: (event) => change({ user: event.target.value || null }) },
    h("option", { value: "" }, t("nobody")), customers.map((customer) => h("option", { value: customer.user, selected: customer === known },
      `${customer.user}${customer.history.length ? ` · ${customer.history[0].category[0] || ""}` : ""}`)))),
  known?.history.length ? h("section", { class: "history", "aria-label": t("history") }, h("h3", {}, t("history")), h("ul", {}, known.history.slice(0, 5).map((item) => h("li", {},
    picture(item, 18), h("span", {}, item.title, " ", h("span", { class: "muted" }, t(item.kind))))))) : null];
}

function budget(ask, change) {
  return field("budget", h("input", { id: "budget", "data-key": "budget", type: "number", min: 1, step: "any", inputmode: "decimal", placeholder: t("any"), value: ask.budget ?? "",
    onchange: (event) => change({ budget: Number(event.target.value) > 0 ? Number(event.target.value) : null }) }));
}

function size(ask, change) {
  const [least, most] = range(ask.size), top = Math.max(8, most), all = Array.from({ length: top }, (_, place) => place + 1);
  const select = (id, name, chosen, act) => h("label", {}, h("span", { class: "muted" }, t(name)), h("select", { id, "data-key": id, onchange: (event) => act(Number(event.target.value)) }, options(all, chosen)));
  return h("fieldset", { class: "field" }, h("legend", {}, t("size")), h("div", { class: "pair" },
    select("least", "least", least, (value) => change({ size: `${value}:${Math.max(value, most)}` })),
    select("most", "most", most, (value) => change({ size: `${Math.min(least, value)}:${value}` }))));
}

function slots(ask, shop, change) {
  const paths = (shop?.categories || []).filter((category) => category.path.length).map((category) => category.path.join(" > "));
  const tops = [...new Set((shop?.categories || []).map((category) => category.path[0]).filter(Boolean))];
  return [field("categories", h("select", { id: "slots", "data-key": "slots", onchange: (event) => event.target.value && change({ slots: [...ask.slots, event.target.value] }) },
    h("option", { value: "" }, t("add_category")), tops.map((top) => h("optgroup", { label: top }, paths.filter((path) => path === top || path.startsWith(`${top} > `)).map((path) =>
      h("option", { value: path }, path === top ? top : path.slice(top.length + 3))))))),
  ask.slots.length ? h("ul", { class: "chips" }, ask.slots.map((slot, place) => h("li", { class: "chip" }, slot.split(" > ").at(-1),
    cross(slot, () => change({ slots: ask.slots.filter((_, other) => other !== place) }), `slot-${place}`)))) : null];
}

/** Requests to click, of what this shop sells. */
export function examples(shop) {
  const all = (shop?.categories || []).filter((category) => category.price && category.path.length), tops = [...new Set(all.map((category) => category.path[0]))];
  const chosen = Array.from({ length: Math.min(4, tops.length) }, (_, place) => tops[Math.floor(((place + 0.5) * tops.length) / Math.min(4, tops.length))]);
  return chosen.map((top, place) => {
    const prices = all.filter((category) => category.path[0] === top).map((category) => category.price).sort((one, other) => one - other);
    const middle = prices[Math.floor(prices.length / 2)], under = Math.ceil((middle * 4) / 10) * 10;
    return [top, place % 2 ? t("gift", top, 3) : t("two", top, String(under))];
  });
}
