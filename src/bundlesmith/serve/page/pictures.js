// A picture of an item: its own, or one drawn for its category. Knows nothing about sets.
import { h, line } from "./dom.js";

const DRAWN = [
  [/camp|outdoor|tent|hik/i, "M3 20 12 5l9 15zM12 5V3M9 20l3-6 3 6"],
  [/coffee|tea\b|drink|mug/i, "M5 9h11v6a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 10h2a2.500 2.500 0 0 1 0 5h-2M8 6V4M12 6V4"],
  [/cycl|bike|bicyc/i, "M2.500 16a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M14.500 16a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M6 16l4-8h5l3 8M10 8l4 8M8 6h3"],
  [/\btools?\b|diy|hardware/i, "M14 7a4 4 0 0 1 5-4l-2.500 2.500 2 2L21 5a4 4 0 0 1-5 5l-8 8.500a2 2 0 0 1-3-3z"],
  [/fitness|sport|gym|yoga/i, "M4 9v6M7 7v10M17 7v10M20 9v6M7 12h10"],
  [/garden|plant|balcony|flower/i, "M5 19c0-9 5-14 14-14 0 9-5 14-14 14zM5 19l8-8"],
  [/kitchen|cook|dining|bak/i, "M5 10h14v6a3 3 0 0 1-3 3H8a3 3 0 0 1-3-3zM3 11h2M19 11h2M9 7h6M12 7V5"],
  [/photo|video|camera/i, "M4 8h4l2-3h4l2 3h4v11H4zM8.500 13a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0"],
  [/music|audio|headphone|sound/i, "M9 18V6l10-2v12M9 18a2.500 2.500 0 1 1-5 0a2.500 2.500 0 1 1 5 0M19 16a2.500 2.500 0 1 1-5 0a2.500 2.500 0 1 1 5 0"],
  [/party|gift|celebr/i, "M12 15c-3 0-5-3-5-6a5 5 0 0 1 10 0c0 3-2 6-5 6zM12 15v2c0 2 2 2 2 4"],
  [/\bpets?\b|\bdogs?\b|\bcats?\b/i, "M12 13c3 0 5 3 5 5s-2 2-5 2-5 0-5-2 2-5 5-5zM6 9v2M18 9v2M10 5v3M14 5v3"],
  [/toy|game|puzzle/i, "M4 13h7v7H4zM13 13h7v7h-7zM8.500 4h7v7h-7z"],
  [/travel|luggage|\bbags?\b/i, "M4 8h16v11H4zM9 8V5h6v3M8 8v11M16 8v11"],
  [/beauty|care|bath|skin|hair|health/i, "M9 9h6a2 2 0 0 1 2 2v9H7v-9a2 2 0 0 1 2-2zM10 9V6h4v3M12 6V3h4"],
  [/baby|kid|child/i, "M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0M9 11v.5M15 11v.5M9 15c2 2 4 2 6 0"],
  [/cloth|fashion|wear|shirt|shoe|dress/i, "M8 4 3 7l2 4 2-1v10h10V10l2 1 2-4-5-3c-1 2-7 2-8 0z"],
  [/office|computer|laptop|electron|phone/i, "M5 5h14v10H5zM3 19h18"],
];
const BOX = "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8";

export function picture(item, size = 44) {
  const path = item.category.join(" "), found = DRAWN.find(([about]) => about.test(item.category[0] || ""))
    || DRAWN.find(([about]) => about.test(path));
  let sum = 0;
  for (const letter of item.category[0] || "") sum = (sum * 31 + letter.codePointAt(0)) % 997;
  const drawn = h("div", { class: `picture p${sum % 6}` }, line(found ? found[1] : BOX, size));
  if (!item.image) return drawn;
  const own = h("img", { class: "picture", src: item.image, alt: "", loading: "lazy", onerror: () => own.replaceWith(drawn) });
  return own;
}
