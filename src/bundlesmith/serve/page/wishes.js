// The controls: for whom, how much, how many, of what. They show the request as it stands, and change it.
import { byId, h, redraw } from "./dom.js";
import { picture } from "./pictures.js";
import { cross } from "./turn.js";
import { t } from "./words.js";

/** What each control changes in a request. */
const CHANGES = {
  user: (ask, box) => ({ user: box.value || null }),
  budget: (ask, box) => ({ budget: Number(box.value) > 0 ? Number(box.value) : null }),
  least: (ask, box) => ({ size: `${box.value}:${Math.max(box.value, range(ask)[1])}` }),
  most: (ask, box) => ({ size: `${Math.min(box.value, range(ask)[0])}:${box.value}` }),
  slots: (ask, box) => (box.value ? { slots: [...ask.slots, box.value] } : {}),
  in_stock: (ask, box) => ({ in_stock: box.checked }),
  n: (ask, box) => ({ n: Number(box.value) }),
};
const range = (ask) => [...ask.size.split(":"), ask.size].slice(0, 2).map(Number);

export const changed = (ask, box) => CHANGES[box.id](ask, box);

export function showWishes(ask, shop, customers, change) {
  const [least, most] = range(ask), counts = Array.from({ length: Math.max(8, most) }, (_, place) => place + 1);
  offer("user", [h("option", { value: "" }, t("nobody")), customers.map(({ user, history }) => h("option", { value: user },
    [user, history[0]?.category[0]].filter(Boolean).join(" · ")))], ask.user ?? "");
  history(customers.find((customer) => customer.user === ask.user)?.history || []);
  if (document.activeElement !== byId("budget")) byId("budget").value = ask.budget ?? ""; // or what is being written would go
  offer("least", counts.map(option), least);
  offer("most", counts.map(option), most);
  offer("slots", [h("option", { value: "" }, t("add_category")), categories(shop)], "");
  redraw(byId("chosen"), ask.slots.map((slot, place) => h("li.chip", slot.split(" > ").at(-1),
    cross(slot, () => change({ slots: ask.slots.toSpliced(place, 1) }), `slot-${place}`))));
  byId("in_stock").checked = ask.in_stock;
  offer("n", [1, 2, 3, 4, 5].map(option), ask.n);
  const out = t("left_out", ask.exclude.length);
  redraw(byId("left_out"), ask.exclude.length > 0 && h("li.chip.not", out, cross(out, () => change({ exclude: [] }), "exclude")));
}

const option = (value) => h("option", { value }, value);

function offer(id, options, chosen) {
  redraw(byId(id), options);
  byId(id).value = chosen;
}

function history(items) {
  byId("history").hidden = !items.length;
  redraw(byId("history").querySelector("ul"), items.slice(0, 5).map((item) => h("li", picture(item, 18), h("span", item.title, " ", h("span.muted", t(item.kind))))));
}

function categories(shop) {
  const paths = (shop?.categories || []).map((category) => category.path).filter((path) => path.length);
  return [...new Set(paths.map(([top]) => top))].map((top) => h("optgroup", { label: top }, paths.filter((path) => path[0] === top)
    .map((path) => h("option", { value: path.join(" > ") }, path.slice(1).join(" > ") || top))));
}

/** Requests to click, of what this shop sells. */
export function examples(shop) {
  const all = (shop?.categories || []).filter((category) => category.price && category.path.length);
  const tops = [...new Set(all.map((category) => category.path[0]))], many = Math.min(4, tops.length);
  return Array.from({ length: many }, (_, place) => {
    const top = tops[Math.floor(((place + 0.5) * tops.length) / many)];
    const prices = all.filter((category) => category.path[0] === top).map((category) => category.price).sort((one, other) => one - other);
    const under = Math.ceil((prices[Math.floor(prices.length / 2)] * 4) / 10) * 10;
    return [top, place % 2 ? t("gift", top, 3) : t("two", top, under)];
  });
}
