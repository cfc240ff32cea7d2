// One set: its cards, its total, its words with their sources. What a click does is in `does`.
import { button, h, icon } from "./dom.js";
import { picture } from "./pictures.js";
import { language, money, t } from "./words.js";

export const price = (set) => set.items.every((item) => item.price !== null)
  ? Math.round(set.items.reduce((sum, item) => sum + item.price, 0) * 100) / 100 : null;

export const cards = (turn, set, does, active) => h("ul.cards", set.items.map((item) => card(turn, set, item, does, active)));

function card(turn, set, item, does, active) {
  const kept = set.kept.includes(item.item), opened = turn.opened === item.item;
  const why = set.reasons?.find((reason) => reason.item === item.item);
  const act = (name, more) => button(".button.icon", icon(name), () => does[name](turn, set, item),
    { key: `${name}-${turn.id}-${item.item}`, title: t(name), "aria-label": `${t(name)}: ${item.title}`, ...more });
  return h(`li.card${kept ? ".kept" : ""}${set.fresh === item.item ? ".fresh" : ""}`,
    { "data-item": item.item, onmouseenter: light, onmouseleave: light },
    picture(item),
    h("div.about", h("p.path", item.category.at(-1)), h("h3", item.title), h("p.cost", h("strong", money(item.price)), stock(item)),
      why && [h("p.reason", why.text), button(".link", t("why"), () => does.why(turn, set, item),
        { key: `why-${turn.id}-${item.item}`, "aria-expanded": String(opened), "aria-label": `${t("why")} ${item.title}` }),
      opened && rests(turn, set, item, why)]),
    active && h("div.acts", act("keep", { "aria-pressed": String(kept) }), act("swap", { disabled: set.items.length < 2 }),
      act("drop", { disabled: set.items.length < 3 })));
}

function stock(item) {
  if (item.stock === null) return null;
  if (item.stock > 5) return h("span.stock", t("in_stock"));
  return item.stock ? h("span.stock.few", t("few", item.stock)) : h("span.stock.out", t("none_left"));
}

/** The claims that rest on an item stand out while one points at its card. */
function light({ type, currentTarget: card }) {
  for (const claim of card.closest(".set").querySelectorAll(".claim")) {
    claim.classList.toggle("lit", type === "mouseenter" && claim.dataset.item === card.dataset.item);
  }
}

function rests(turn, set, item, why) {
  return h("div.rests", h("h4", t("rests")),
    h("ul", why.claims.map((claim) => h("li", h("q", claim.text), " ", h("span.muted", source(claim, set)))),
      !why.claims.length && h("li.muted", t("src_words"))),
    evidence(why), turn.weighing ? h("p.muted", t("weighing")) : set.attribution?.length && weights(set, item));
}

/** What spoke for an item to what chose it, by kind. */
function evidence({ weights = {} }) {
  const parts = Object.entries(weights).filter(([, weight]) => weight).sort(([, one], [, other]) => Math.abs(other) - Math.abs(one));
  return parts.length > 0 && [h("h4", t("evidence")), meters(parts.map(([kind, weight]) => [t(`by_${kind}`), weight]))];
}

const meters = (parts) => h("ul.weights", parts.map(([text, weight]) => h("li", h("span", text),
  h("meter", { min: 0, max: Math.abs(parts[0][1]), value: Math.abs(weight), "aria-label": text }),
  h("span.muted", `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`))));

/** What weighs most for an item; or for the whole set, if items aren't told apart. */
function weights(set, item) {
  const place = set.attribution[0].by_item.length === set.items.length ? set.items.indexOf(item) : -1;
  const parts = set.attribution.map((part) => [part.text, part.by_item[place] ?? part.weight]).filter(([, weight]) => weight)
    .sort(([, one], [, other]) => Math.abs(other) - Math.abs(one)).slice(0, 6);
  return [h("h4", t("weights")), parts.length > 0 && meters(parts)];
}

export function claimed(text, set, does, turn) {
  const pieces = [];
  let at = 0;
  for (const [place, claim] of (set.claims || []).entries()) {
    const start = text.indexOf(claim.text, at), from = source(claim, set), opened = turn.claim === place;
    if (start < 0) continue;
    pieces.push(text.slice(at, start), button(".claim", claim.text, () => does.claim(turn, place),
      { key: `claim-${turn.id}-${place}`, "data-item": claim.item, title: from, "aria-expanded": String(opened) }));
    if (opened) pieces.push(h("span.source", { role: "note" }, from));
    at = start + claim.text.length;
  }
  return [...pieces, text.slice(at)];
}

function source(claim, set) {
  const { kind, value, event } = claim, item = set.items.find((one) => one.item === claim.item);
  if (event) return t("src_history", t(event.kind) + (event.time ? `, ${month(event.time)}` : ""));
  if (kind === "budget") return t("src_rule", t("budget"));
  if (["total", "count", "purpose", "sets", "missing", "unsold"].includes(kind)) return t(`src_${kind}`);
  if (kind === "item") return t("src_catalogue", item ? `${item.title} [${item.item}]` : value);
  return t("src_catalogue", `${claim.attribute || kind}${value === null ? "" : ` = ${value}`}`);
}

const month = (time) => new Date(time * 1000).toLocaleDateString(language, { month: "long", year: "numeric" });

export const asText = (set) => [set.intent, ...set.items.map((item) => `- ${item.title} [${item.item}], ${money(item.price)}`),
  `${t("total")}: ${money(price(set))}`, set.explanation].filter(Boolean).join("\n");
