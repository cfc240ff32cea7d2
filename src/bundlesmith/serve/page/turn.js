// One turn: what was said, what was understood, and the sets that came of it, with all that one can do to them.
import { h, line } from "./dom.js";
import { picture } from "./pictures.js";
import { cards, claimed, price } from "./set.js";
import { money, t } from "./words.js";

const UP = "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 2.500 4L13 9h6l-2 11H7", DOWN = "M7 13V4H4v9zM7 13l4 8c2 0 3-1 2.500-4L13 15h6L17 4H7";

export function drawn(turn, does, active) {
  return [h("h2", { class: "unseen" }, turn.text || t("no_text")),
    h("p", { class: "said" }, turn.shared ? t("shared") : turn.text || t("no_text")), chips(turn, does, active), h("div", { class: "answer" }, answer(turn, does, active))];
}

function chips(turn, does, active) {
  if (!turn.phrases.length) return null;
  return h("ul", { class: "chips" }, turn.phrases.map((phrase, place) => turn.ignore.includes(place) ? null
    : h("li", { class: `chip${phrase.understood ? "" : " not"}` }, phrase.said, active && phrase.understood && h("button", { type: "button",
      class: "cross", "data-key": `chip-${turn.id}-${place}`, "aria-label": t("remove", phrase.said), onclick: () => does.unsay(turn, place) }, line("M6 6l12 12M18 6L6 18", 14)))));
}

function answer(turn, does, active) {
  if (turn.state === "trouble") return null; // the banner speaks of it
  const set = turn.sets[turn.at], working = turn.state === "working";
  if (!set?.items.length) return h("p", { class: "working" }, working ? [h("span", { class: "dots" }), t("working")] : t("stopped"));
  return [turn.sets.length > 1 && tabs(turn, does),
    h("div", { class: "set", id: `set-${turn.id}`, role: turn.sets.length > 1 ? "tabpanel" : null, "aria-labelledby": turn.sets.length > 1 ? `tab-${turn.id}-${turn.at}` : null },
      set.intent && h("p", { class: "intent" }, set.intent),
      cards(turn, set, does, active && !working),
      turn.swap && swaps(turn, set, does),
      (set.complete || !working) && h("p", { class: "total" }, h("span", {}, t("total")), h("strong", {}, money(price(set)))),
      set.changed ? h("p", { class: "muted" }, t("changed")) : set.explanation && h("p", { class: "explanation" }, claimed(set.explanation, set, does, turn, "e")),
      working ? h("p", { class: "working" }, h("span", { class: "dots" }), t("working")) : actions(turn, set, does, active))];
}

function tabs(turn, does) {
  const go = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) does.choose(turn, (turn.at + step + turn.sets.length) % turn.sets.length, true);
  };
  return h("div", { class: "tabs", role: "tablist", "aria-label": t("alternatives"), onkeydown: go }, turn.sets.map((set, place) => h("button", {
    type: "button", role: "tab", id: `tab-${turn.id}-${place}`, class: "tab", "data-key": `tab-${turn.id}-${place}`, "aria-selected": String(place === turn.at),
    "aria-controls": `set-${turn.id}`, tabindex: place === turn.at ? 0 : -1, onclick: () => does.choose(turn, place) }, t("set", place + 1),
  h("span", { class: "muted" }, set.complete ? money(price(set)) : "…"))));
}

function swaps(turn, set, does) {
  const { item, found } = turn.swap;
  return h("div", { class: "swaps", role: "group", "aria-label": t("swap") },
    h("p", {}, found ? (found.length ? t("choose", item.title) : t("no_swap")) : [h("span", { class: "dots" }), t("swapping")]),
    found && h("ul", {}, found.map((other, place) => h("li", {}, picture(other.item, 24), h("span", { class: "grow" }, other.item.title), h("strong", {}, money(other.item.price)),
      h("button", { type: "button", class: "button", "data-key": `take-${place}`, "aria-label": `${t("take")}: ${other.item.title}`, onclick: () => does.take(turn, set, other) }, t("take"))))),
    h("button", { type: "button", class: "link", onclick: () => does.noSwap(turn) }, t("cancel")));
}

function actions(turn, set, does, active) {
  const button = (name, act, extra = {}, ...inside) => h("button", { type: "button", class: "button", "data-key": `${name}-${turn.id}`, onclick: act, ...extra }, inside.length ? inside : t(name));
  const thumb = (verdict, d, name) => button(name, () => does.judge(turn, set, verdict), { class: "button icon", title: t(name), "aria-label": t(name), "aria-pressed": String(set.verdict === verdict) }, line(d));
  return [h("div", { class: "row" },
    button("basket", () => does.basket(turn, set), { class: "button main", disabled: set.basket }, t(set.basket ? "in_basket" : "basket")),
    active && ["cheaper", "more", "other"].map((name) => button(name, () => does.send(t(`${name}_say`)))),
    h("span", { class: "grow" }), set.id && [thumb("up", UP, "good"), thumb("down", DOWN, "bad")]),
  set.asking && why(turn, set, does),
  h("details", { class: "more" }, h("summary", { "data-key": `more-${turn.id}` }, t("more_actions")), h("div", { class: "row" },
    button("share", () => does.share(turn, set)), button("copy_text", () => does.copyText(set)), button("copy_json", () => does.copyJson(set))))];
}

function why(turn, set, does) {
  const field = h("input", { id: `reason-${turn.id}`, maxlength: 500, placeholder: t("other_reason"), "aria-label": t("other_reason"), "data-key": `reason-${turn.id}` });
  return h("form", { class: "why", onsubmit: (event) => { event.preventDefault(); does.because(turn, set, field.value); } },
    h("p", {}, t("reason")), h("div", { class: "row" }, ["r1", "r2", "r3", "r4"].map((name) => h("button", { type: "button", class: "button", onclick: () => does.because(turn, set, t(name)) }, t(name)))),
    h("div", { class: "row" }, field, h("button", { class: "button main" }, t("send"))));
}
