// What one can do to a set. Each change can be undone.
import { post } from "./api.js";
import { copy, say, toast } from "./dom.js";
import { asText } from "./set.js";
import { guest, keep, link, remember, talk } from "./state.js";
import { language, t } from "./words.js";

export function deeds({ draw, send, run, show, trouble }) {
  const done = (turn) => { keep(); show(turn); };
  const tried = async (work, again) => {
    try {
      await work();
    } catch (error) {
      trouble(error, again);
    }
  };
  const said = (turn, set, verdict, reason) => post("/v1/feedback", { bundle_id: set.id, verdict, reason, user: talk.ask.user || guest() })
    .then(() => { Object.assign(set, { verdict, asking: false }); done(turn); toast(t("thanks")); });

  const does = {
    send,
    keep(turn, set, item) {
      remember();
      set.kept = set.kept.includes(item.item) ? set.kept.filter((other) => other !== item.item) : [...set.kept, item.item];
      keep();
      draw();
    },
    drop(turn, set, item) {
      remember();
      without(set, item);
      talk.ask = { ...talk.ask, exclude: [...new Set([...talk.ask.exclude, String(item.item)])] };
      keep();
      draw();
      say(t("dropped", item.title));
    },
    swap: (turn, set, item) => tried(async () => {
      turn.swap = { item, found: null };
      show(turn);
      const others = set.items.filter((other) => other !== item).map((other) => String(other.item));
      const wish = { ...turn.ask, items: others, exclude: [...new Set([...talk.ask.exclude, String(item.item)])], size: String(set.items.length), n: 4, language, talk: false };
      const found = await post("/v1/bundles", wish).catch((error) => { // rules that nothing else meets are an answer, too
        if (error.status === 400) return { bundles: [] };
        turn.swap = null;
        show(turn);
        throw error;
      });
      if (turn.swap?.item !== item) return;
      const news = found.bundles.map((bundle) => ({ bundle, item: bundle.items.find((one) => !others.includes(String(one.item))) }));
      turn.swap.found = news.filter((one, place) => one.item && news.findIndex((other) => other.item?.item === one.item.item) === place);
      show(turn);
      say(turn.swap.found.length ? t("choose", item.title) : t("no_swap"));
    }, () => does.swap(turn, set, item)),
    take(turn, set, { bundle, item }) {
      turn.swap = null;
      remember();
      Object.assign(set, bundle, { intent: set.intent, changed: true, basket: false, verdict: null, attribution: null });
      set.kept = set.kept.filter((kept) => set.items.some((one) => one.item === kept));
      done(turn);
      draw();
      say(t("swapped", item.title));
    },
    noSwap(turn) {
      turn.swap = null;
      show(turn);
    },
    unsay(turn, place) {
      remember();
      turn.ignore = [...turn.ignore, place];
      say(t("removed"));
      run(turn);
    },
    choose(turn, place, move) {
      turn.at = place;
      turn.swap = turn.claim = turn.opened = null;
      done(turn);
      if (move) document.getElementById(`tab-${turn.id}-${place}`).focus();
    },
    why(turn, set, item) {
      turn.opened = turn.opened === item.item ? null : item.item;
      show(turn);
      if (turn.opened && !turn.weighing && !set.attribution && !set.changed && !turn.shared) {
        const weighed = weigh(turn);
        show(turn);
        tried(() => weighed.finally(() => done(turn)), () => { turn.opened = null; does.why(turn, set, item); });
      }
    },
    claim(turn, key) {
      turn.claim = turn.claim === key ? null : key;
      show(turn);
    },
    basket: (turn, set) => tried(async () => {
      const events = set.items.map((item) => ({ item: String(item.item), kind: "cart", ...(set.id && { bundle_id: set.id }) }));
      await post("/v1/events", { user: talk.ask.user || guest(), events });
      set.basket = true;
      done(turn);
      toast(t("in_basket"));
    }),
    judge(turn, set, verdict) {
      if (verdict === "up") return tried(() => said(turn, set, "up", ""));
      set.asking = !set.asking;
      return show(turn);
    },
    because: (turn, set, reason) => tried(() => said(turn, set, "down", reason)),
    share: (turn, set) => copy(link(turn, set)).then(() => toast(t("copied"))),
    copyText: (set) => copy(asText(set)).then(() => toast(t("copied"))),
    copyJson: (set) => copy(JSON.stringify({ intent: set.intent, explanation: set.changed ? "" : set.explanation, items: set.items }, null, 2)).then(() => toast(t("copied"))),
  };
  return does;
}

/** What weighed in, for each set of a turn: the same request is asked for it, when somebody wants to know. */
async function weigh(turn) {
  for (const set of turn.sets) set.attribution = null;
  turn.weighing = true;
  try {
    const { bundles } = await post("/v1/bundles", { ...turn.ask, language, talk: false, explain: true });
    const names = (one) => one.items.map((item) => item.item).join();
    for (const set of turn.sets) set.attribution = bundles.find((bundle) => names(bundle) === names(set))?.attribution || [];
  } finally {
    turn.weighing = false;
  }
}

/** Take an item out of a set, and what was said of it. */
function without(set, item) {
  Object.assign(set, { items: set.items.filter((one) => one.item !== item.item), kept: set.kept.filter((kept) => kept !== item.item), changed: true, basket: false, attribution: null });
  set.reasons = set.reasons?.filter((reason) => !reason.claims.some((claim) => claim.item === item.item) && reason.item !== item.item);
}
