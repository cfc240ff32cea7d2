// The controls: for whom, how much, how many, of what. They show the request as it stands, and change it.
import { byId, h, redraw } from "./dom.js";
import { picture } from "./pictures.js";
import { cross } from "./turn.js";
import { t } from "./words.js";

const CHANGES = {
  user: (ask, box) => ({ user: box.value || null }),
  budget: (ask, box) => ({ budget: Math.max(0, box.value) || null }),
  least: (ask, box) => ({ size: `${box.value}:${Math.max(box.value, range(ask)[1])}` }),
  most: (ask, box) => ({ size: `${Math.min(box.value, range(ask)[0])}:${box.value}` }),
  slots: (ask, box) => (box.value ? { slots: [...ask.slots, box.value] } : {}),
  in_stock: (ask, box) => ({ in_stock: box.checked }),
  n: (ask, box) => ({ n: Number(box.value) }),
};
const range = (ask) => [...ask.size.split(":"), ask.size].slice(0, 2).map(Number);

export const changed = (ask, box) => CHANGES[box.id](ask, box);

export function showWishes(ask, shop, customers, change) {
  const [least, most] = range(ask), sizes = Math.max(8, most);
  offer("user", [option("", t("nobody")), customers.map(({ user, history }) =>
    option(user, [user, history[0]?.category[0]].filter(Boolean).join(" · ")))], ask.user ?? "");
  history(customers.find((customer) => customer.user === ask.user)?.history || []);
  if (document.activeElement !== byId("budget")) byId("budget").value = ask.budget ?? ""; // or what is being written would go
  offer("least", upTo(sizes), least);
  offer("most", upTo(sizes), most);
  offer("slots", [option("", t("add_category")), categories(shop)], "");
  redraw(byId("chosen"), ask.slots.map((slot, place) => h("li.chip", slot.split(" > ").at(-1),
    cross(slot, () => change({ slots: ask.slots.toSpliced(place, 1) }), `slot-${place}`))));
  byId("in_stock").checked = ask.in_stock;
  offer("n", upTo(5), ask.n);
  const out = t("left_out", ask.exclude.length);
  redraw(byId("left_out"), ask.exclude.length > 0 && h("li.chip.not", out, cross(out, () => change({ exclude: [] }), "exclude")));
}

const option = (value, text = value) => h("option", { value }, text);
const upTo = (most) => Array.from({ length: most }, (_, place) => option(place + 1));

function offer(id, options, chosen) {
  redraw(byId(id), options);
  byId(id).value = chosen;
}

function history(items) {
  byId("history").hidden = !items.length;
  redraw(byId("history").querySelector("ul"), items.slice(0, 5).map((item) => h("li", picture(item, 18), h("span", item.title, " ", h("span.muted", t(item.kind))))));
}

/** Categories under those at the top: [["Kitchen", [{ path: ["Kitchen", "Pots"], … }, …]], …]. */
function byTop(shop, wanted) {
  const all = (shop?.categories || []).filter((category) => category.path.length && wanted(category));
  return [...Map.groupBy(all, ({ path }) => path[0])];
}

function categories(shop) {
  return byTop(shop, () => true).map(([top, own]) => h("optgroup", { label: top },
    own.map(({ path }) => option(path.join(" > "), path.slice(1).join(" > ") || top))));
}

export function examples(shop) {
  const tops = byTop(shop, ({ price }) => price), many = Math.min(4, tops.length);
  return Array.from({ length: many }, (_, place) => {
    const [top, own] = tops[Math.floor(((place + 0.5) * tops.length) / many)];
    const prices = own.map(({ price }) => price).sort((one, other) => one - other);
    const under = Math.ceil((prices[Math.floor(prices.length / 2)] * 4) / 10) * 10;
    return [top, place % 2 ? t("gift", top, 3) : t("two", top, under)];
  });
}
