// One turn: what was said, what was understood, and the sets that came of it, with all that one can do to them.
import { button, h, icon } from "./dom.js";
import { picture } from "./pictures.js";
import { cards, claimed, price } from "./set.js";
import { talk } from "./state.js";
import { money, t } from "./words.js";

export function drawn(turn, does, active) {
  const said = turn.text || t("no_text");
  return [h("h2.unseen", said), h("p.said", turn.shared ? t("shared") : said), chips(turn, does, active), turn.reply && h("p.reply", turn.reply), h("div", answer(turn, does, active)), offers(turn, does, active)];
}

function chips(turn, does, active) {
  const chip = (phrase, place) => !turn.ignore.includes(place) && h(`li.chip${phrase.understood ? "" : ".not"}`, phrase.said,
    active && phrase.understood && cross(phrase.said, () => does.unsay(turn, place), `chip-${turn.id}-${place}`));
  return h("ul.chips", turn.phrases.map(chip));
}

/** What may be said next, one tap each. */
function offers(turn, does, active) {
  if (!active || turn !== talk.turns.at(-1) || turn.state !== "done" || !turn.suggestions?.length) return null;
  const offer = ({ label, say }, place) => button(".button.offer", label, () => does.send(say), { key: `offer-${turn.id}-${place}` });
  return h("div.offers", { role: "group", "aria-label": t("offers") }, turn.suggestions.map(offer));
}

export const cross = (name, act, key) => button(".cross", icon("drop", 14), act, { key, "aria-label": t("remove", name) });
const busy = (text) => h("p.working", h("span.dots"), text);

function answer(turn, does, active) {
  if (turn.state === "trouble") return null; // the banner speaks of it
  const set = turn.sets[turn.at], working = turn.state === "working", several = turn.sets.length > 1;
  if (turn.reply && turn.state === "done" && !set) return null;
  if (!set?.items.length) return working ? busy(t("working")) : h("p.muted", t("stopped"));
  return [several && tabs(turn, does),
    h("div.set", { id: `set-${turn.id}`, role: several && "tabpanel", "aria-labelledby": several && `tab-${turn.id}-${turn.at}` },
      set.intent && h("p.intent", set.intent),
      cards(turn, set, does, active && !working),
      turn.swap && swaps(turn, set, does),
      (set.complete || !working) && h("p.total", h("span", t("total")), h("strong", money(price(set)))),
      turn.renewing === set.id && set.changed ? busy(t("renewing")) : set.changed ? h("p.muted", t("changed"))
        : set.explanation && h("p.explanation", claimed(set.explanation, set, does, turn)),
      set.missing && active && !working && !set.changed && gap(turn, set, does),
      working ? busy(t("working")) : actions(turn, set, does, active))];
}

function tabs(turn, does) {
  const go = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) does.choose(turn, (turn.at + step + turn.sets.length) % turn.sets.length, true);
  };
  const tab = (set, place) => button(".tab", [t("set", place + 1), h("span.muted", set.complete ? money(price(set)) : "…")], () => does.choose(turn, place),
    { role: "tab", id: `tab-${turn.id}-${place}`, key: `tab-${turn.id}-${place}`, "aria-controls": `set-${turn.id}`,
      "aria-selected": String(place === turn.at), tabindex: place === turn.at ? 0 : -1 });
  return h("div.tabs", { role: "tablist", "aria-label": t("alternatives"), onkeydown: go }, turn.sets.map(tab));
}

function swaps(turn, set, does) {
  const { item, found } = turn.swap;
  const other = (one, place) => h("li", picture(one.item, 24), h("span.grow", one.item.title), h("strong", money(one.item.price)),
    button(".button", t("take"), () => does.take(turn, set, one), { key: `take-${place}`, "aria-label": `${t("take")}: ${one.item.title}` }));
  return h("div.swaps", { role: "group", "aria-label": t("swap") },
    found ? [h("p", found.length ? t("choose", item.title) : t("no_swap")), h("ul", found.map(other))] : busy(t("swapping")),
    button(".link", t("cancel"), () => does.noSwap(turn)));
}

function actions(turn, set, does, active) {
  const key = (name) => ({ key: `${name}-${turn.id}` }), act = (name, deed) => button(".button", t(name), deed, key(name));
  const thumb = (verdict, name) => button(".button.icon", icon(verdict), () => does.judge(turn, set, verdict),
    { ...key(verdict), title: t(name), "aria-label": t(name), "aria-pressed": String(set.verdict === verdict) });
  return [h("div.row",
    button(".button.main", t(set.basket ? "in_basket" : "basket"), () => does.basket(turn, set), { ...key("basket"), disabled: set.basket }),
    active && ["cheaper", "more", "other"].map((name) => act(name, () => does.send(t(`${name}_say`)))),
    h("span.grow"), set.id && [thumb("up", "good"), thumb("down", "bad")]),
  set.asking && reason(turn, set, does),
  h("details.more", h("summary", key("more"), t("more_actions")), h("div.row",
    act("share", () => does.share(turn, set)), act("copy_text", () => does.copyText(set)), act("copy_json", () => does.copyJson(set))))];
}

/** What many sets like this have besides; one tap adds it. */
const gap = (turn, set, does) => h("div.gap", picture(set.missing, 24), h("span.grow", set.missing.title), h("strong", money(set.missing.price)),
  button(".button", t("add"), () => does.add(turn, set), { key: `add-${turn.id}`, "aria-label": `${t("add")}: ${set.missing.title}` }));

/** What is wrong with a set. */
function reason(turn, set, does) {
  const field = h("input", { key: `reason-${turn.id}`, maxlength: 500, placeholder: t("other_reason"), "aria-label": t("other_reason") });
  return h("form.why", { onsubmit: () => does.because(turn, set, field.value) }, h("p", t("reason")),
    h("div.row", ["r1", "r2", "r3", "r4"].map((name) => button(".button", t(name), () => does.because(turn, set, t(name))))),
    h("div.row", field, h("button.button.main", t("send"))));
}
