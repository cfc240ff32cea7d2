// A picture of an item: its own, or one drawn for its category. Knows nothing about sets.
import { h, icon } from "./dom.js";

const DRAWN = {
  tent: /camp|outdoor|tent|hik/i,
  cup: /coffee|tea\b|drink|mug/i,
  bicycle: /cycl|bike|bicyc/i,
  tool: /\btools?\b|diy|hardware/i,
  weights: /fitness|sport|gym|yoga/i,
  leaf: /garden|plant|balcony|flower/i,
  pot: /kitchen|cook|dining|bak/i,
  camera: /photo|video|camera/i,
  music: /music|audio|headphone|sound/i,
  balloon: /party|gift|celebr/i,
  pet: /\bpets?\b|\bdogs?\b|\bcats?\b/i,
  toys: /toy|game|puzzle/i,
  bag: /travel|luggage|\bbags?\b/i,
  bottle: /beauty|care|bath|skin|hair|health/i,
  baby: /baby|kid|child/i,
  shirt: /cloth|fashion|wear|shirt|shoe|dress/i,
  screen: /office|computer|laptop|electron|phone/i,
};

export function picture(item, size = 44) {
  const top = item.category[0] || "", about = (text) => Object.keys(DRAWN).find((name) => DRAWN[name].test(text));
  const colour = Array.from(top).reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  const drawn = h(`div.picture.p${colour}`, icon(about(top) || about(item.category.join(" ")) || "box", size));
  if (!item.image) return drawn;
  const own = h("img.picture", { src: item.image, alt: "", loading: "lazy", onerror: () => own.replaceWith(drawn) });
  return own;
}
