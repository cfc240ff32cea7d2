// One set: its cards, its total, its words with their sources. What a click does is in `does`.
import { h, line } from "./dom.js";
import { picture } from "./pictures.js";
import { money, t } from "./words.js";

const PIN = "M8 3h8l-1 7 3 4H6l3-4zM12 14v7", CROSS = "M6 6l12 12M18 6L6 18", SWAP = "M4 8h13l-3-3M20 16H7l3 3";

export const price = (set) => set.items.every((item) => item.price !== null)
  ? Math.round(set.items.reduce((sum, item) => sum + item.price, 0) * 100) / 100 : null;

export function stock(item) {
  if (item.stock === null) return null;
  const [kind, text] = item.stock === 0 ? ["out", t("none_left")] : item.stock < 6 ? ["few", t("few", item.stock)] : ["there", t("in_stock")];
  return h("span", { class: `stock ${kind}` }, text);
}

/** Where a claim comes from, in words. */
export function source(claim, set) {
  if (claim.event) return t("src_history", t(claim.event.kind) + (claim.event.time ? `, ${month(claim.event.time)}` : ""));
  if (claim.kind === "total") return t("src_total");
  if (claim.kind === "budget") return t("src_rule", t("budget"));
  if (claim.kind === "count") return t("src_count");
  const item = set.items.find((one) => one.item === claim.item);
  if (claim.kind === "item") return t("src_catalogue", item ? `${item.title} [${item.item}]` : claim.value);
  return t("src_catalogue", `${claim.attribute || claim.kind}${claim.value === null ? "" : ` = ${claim.value}`}`);
}

const month = (time) => new Date(time * 1000).toLocaleDateString(document.documentElement.lang, { month: "long", year: "numeric" });

export function cards(turn, set, does, active) {
  return h("ul", { class: "cards" }, set.items.map((item) => card(turn, set, item, does, active)));
}

function card(turn, set, item, does, active) {
  const kept = set.kept.includes(item.item), why = set.reasons?.find((reason) => reason.item === item.item);
  const opened = turn.opened === item.item, key = (name) => `${name}-${turn.id}-${item.item}`;
  const button = (name, d, pressed, disabled) => h("button", { type: "button", class: "button icon", title: t(name), "data-key": key(name),
    "aria-label": `${t(name)}: ${item.title}`, "aria-pressed": pressed, disabled, onclick: () => does[name](turn, set, item) }, line(d));
  return h("li", { class: `card${kept ? " kept" : ""}${set.fresh === item.item ? " fresh" : ""}`, "data-item": item.item,
    onmouseenter: (event) => light(event, item, true), onmouseleave: (event) => light(event, item, false) },
  picture(item),
  h("div", { class: "about" },
    h("p", { class: "path" }, item.category.at(-1) || ""),
    h("h3", {}, item.title),
    h("p", { class: "cost" }, h("strong", {}, money(item.price)), stock(item)),
    why && h("p", { class: "reason" }, why.text),
    why && h("button", { type: "button", class: "link", "data-key": key("why"), "aria-expanded": String(opened),
      "aria-label": `${t("why")} ${item.title}`, onclick: () => does.why(turn, set, item) }, t("why")),
    opened && why && rests(turn, set, item, why)),
  active && h("div", { class: "acts" }, button("keep", PIN, String(kept)), button("swap", SWAP, null, set.items.length < 2),
    button("drop", CROSS, null, set.items.length < 3)));
}

/** The claims that rest on an item stand out while one points at its card. */
function light(event, item, on) {
  for (const claim of event.currentTarget.closest(".set").querySelectorAll(".claim")) {
    claim.classList.toggle("lit", on && claim.dataset.item === String(item.item));
  }
}

function rests(turn, set, item, why) {
  return h("div", { class: "rests" }, h("h4", {}, t("rests")),
    h("ul", {}, why.claims.map((claim) => h("li", {}, h("q", {}, claim.text), " ", h("span", { class: "muted" }, source(claim, set)))),
      !why.claims.length && h("li", { class: "muted" }, t("src_words"))),
    turn.weighing ? h("p", { class: "muted" }, t("weighing")) : set.attribution?.length ? weights(set, item) : null);
}

function weights(set, item) {
  const place = set.attribution[0].by_item.length === set.items.length ? set.items.indexOf(item) : -1; // or it weighs for the whole set
  const parts = set.attribution.map((part) => [part, part.by_item[place] ?? part.weight])
    .filter(([, weight]) => weight).sort((one, other) => Math.abs(other[1]) - Math.abs(one[1])).slice(0, 6);
  const most = Math.max(...parts.map(([, weight]) => Math.abs(weight)));
  return [h("h4", {}, t("weights")), h("ul", { class: "weights" }, parts.map(([part, weight]) => h("li", {},
    h("span", {}, part.text), h("meter", { class: weight < 0 ? "against" : "", min: 0, max: most, value: Math.abs(weight), "aria-label": part.text }),
    h("span", { class: "muted" }, `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`))))];
}

/** A text in which each claim can be asked for its source. */
export function claimed(text, set, does, turn, part) {
  const pieces = [];
  let at = 0;
  for (const [place, claim] of (set.claims || []).entries()) {
    const start = text.indexOf(claim.text, at);
    if (start < 0) continue;
    const opened = turn.claim === `${part}${place}`;
    pieces.push(text.slice(at, start), h("button", { type: "button", class: "claim", "data-item": claim.item, title: source(claim, set),
      "data-key": `claim-${turn.id}-${part}${place}`, "aria-expanded": String(opened), onclick: () => does.claim(turn, `${part}${place}`) }, claim.text));
    if (opened) pieces.push(h("span", { class: "source", role: "note" }, source(claim, set)));
    at = start + claim.text.length;
  }
  return [...pieces, text.slice(at)];
}

/** The set as plain text, for a message to somebody. */
export const asText = (set) => [set.intent, ...set.items.map((item) => `- ${item.title} [${item.item}], ${money(item.price)}`),
  `${t("total")}: ${money(price(set))}`, set.explanation].filter(Boolean).join("\n");
