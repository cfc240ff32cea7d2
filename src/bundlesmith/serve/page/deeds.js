// What one can do to a set. Each change can be undone.
import { post } from "./api.js";
import { byId, copy, say, toast } from "./dom.js";
import { asText } from "./set.js";
import { guest, keep, link, remember, talk } from "./state.js";
import { language, t } from "./words.js";

export function deeds({ draw, send, run, trouble }) {
  const changed = () => {
    keep();
    draw();
  };
  const tried = (work, again = () => tried(work)) => work().catch((error) => trouble(error, again));
  const exclude = (item) => [...new Set([...talk.ask.exclude, String(item.item)])];
  const who = () => talk.ask.user || guest();

  const does = {
    send,
    keep(turn, set, item) {
      remember();
      set.kept = set.kept.includes(item.item) ? set.kept.filter((other) => other !== item.item) : [...set.kept, item.item];
      changed();
    },
    drop(turn, set, item) {
      remember();
      set.reasons = set.reasons?.filter((reason) => reason.item !== item.item && !reason.claims.some((claim) => claim.item === item.item));
      become(set, set.items.filter((one) => one !== item));
      talk.ask = { ...talk.ask, exclude: exclude(item) };
      say(t("dropped", item.title));
      renew(turn, set, changed);
    },
    add(turn, set) {
      remember();
      say(t("added", set.missing.title));
      become(set, [...set.items, set.missing]);
      renew(turn, set, changed);
    },
    swap: (turn, set, item) => tried(async () => {
      turn.swap = { item, found: null };
      draw();
      turn.swap.found = await alternatives(turn, set, item, exclude(item)).catch((error) => {
        does.noSwap(turn);
        throw error;
      });
      if (turn.swap?.item !== item) return;
      draw();
      say(turn.swap.found.length ? t("choose", item.title) : t("no_swap"));
    }),
    take(turn, set, { bundle, item }) {
      remember();
      turn.swap = null;
      set.reasons = bundle.reasons;
      become(set, bundle.items);
      say(t("swapped", item.title));
      renew(turn, set, changed);
    },
    noSwap(turn) {
      turn.swap = null;
      draw();
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
      changed();
      if (move) byId(`tab-${turn.id}-${place}`).focus();
    },
    why(turn, set, item) {
      turn.opened = turn.opened === item.item ? null : item.item;
      const decided = set.reasons.some(({ weights = {} }) => Object.values(weights).some(Boolean));
      const weighed = turn.opened && !decided && !turn.weighing && !set.attribution && !set.changed && !turn.shared && weigh(turn, set);
      draw();
      if (weighed) tried(() => weighed.finally(changed), () => { turn.opened = null; does.why(turn, set, item); });
    },
    claim(turn, place) {
      turn.claim = turn.claim === place ? null : place;
      draw();
    },
    basket: (turn, set) => tried(async () => {
      const events = set.items.map((item) => ({ item: String(item.item), kind: "cart", ...(set.id && { bundle_id: set.id }) }));
      await post("/v1/events", { user: who(), events });
      set.basket = true;
      changed();
      toast(t("in_basket"));
    }),
    judge(turn, set, verdict) {
      if (verdict === "up") return does.because(turn, set, "", "up");
      set.asking = !set.asking;
      return draw();
    },
    because: (turn, set, reason, verdict = "down") => tried(async () => {
      await post("/v1/feedback", { bundle_id: set.id, verdict, reason, user: who() });
      Object.assign(set, { verdict, asking: false });
      changed();
      toast(t("thanks"));
    }),
    share: (turn, set) => copied(link(turn, set)),
    copyText: (set) => copied(asText(set)),
    copyJson: ({ intent, explanation, items }) => copied(JSON.stringify({ intent, explanation, items }, null, 2)),
  };
  return does;
}

const copied = (text) => copy(text).then(() => toast(t("copied")));
const ids = (items) => items.map((item) => String(item.item));

/** What could stand in an item's place, under the same rules; that nothing could is an answer, too. */
async function alternatives(turn, set, item, exclude) {
  const others = ids(set.items.filter((other) => other !== item));
  const wish = { ...turn.ask, items: others, exclude, size: String(set.items.length), n: 4, language, talk: false, understand: false };
  const { bundles } = await post("/v1/bundles", wish).catch((error) => {
    if (error.kind !== "no_bundle") throw error;
    return { bundles: [] };
  });
  const found = bundles.map((bundle) => ({ bundle, item: bundle.items.find((one) => !others.includes(String(one.item))) }));
  return found.filter((one, place) => one.item && found.findIndex((other) => other.item?.item === one.item.item) === place);
}

/** A set has other items now: what was said of it, and thought of it, holds no more. */
function become(set, items) {
  const kept = set.kept.filter((kept) => items.some((one) => one.item === kept));
  Object.assign(set, { items, kept, changed: true, explanation: "", claims: [], missing: null, basket: false, verdict: null, attribution: null });
}

/** Ask what is to be said of a set as it is now; if there is no answer, nothing is said. */
async function renew(turn, set, changed) {
  const chosen = ids(set.items);
  const wish = { ...turn.ask, slots: [], exclude: [], size: String(chosen.length), n: 1, items: chosen.slice(0, -1), only: chosen.slice(-1), language, understand: false };
  turn.renewing = set.id;
  changed();
  const { bundles: [found] } = await post("/v1/bundles", wish).catch(() => ({ bundles: [] }));
  if (!talk.turns.includes(turn) || ids(set.items).join() !== chosen.join()) return;
  turn.renewing = null;
  if (found) Object.assign(set, found, { intent: found.intent || set.intent, changed: false, wish });
  changed();
}

/** What weighed in, for each set of a turn that was asked for in the same way: asked when somebody wants to know. */
async function weigh(turn, { wish }) {
  turn.weighing = true;
  try {
    const { bundles } = await post("/v1/bundles", { ...(wish || turn.asked), language, talk: false, explain: true, understand: false });
    for (const set of turn.sets.filter((set) => set.wish === wish)) {
      set.attribution = bundles.find((bundle) => ids(bundle.items).join() === ids(set.items).join())?.attribution || [];
    }
  } finally {
    turn.weighing = false;
  }
}
