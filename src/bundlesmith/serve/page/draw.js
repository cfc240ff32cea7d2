// Drawings of numbers, as SVG. Knows nothing about where they come from.
import { h } from "./dom.js";

/** Requests of each minute as bars, the failed ones on top; `label` says it in words. */
export function bars(minutes, label) {
  const most = Math.max(1, ...minutes.map((one) => one.requests)), wide = 600 / Math.max(minutes.length, 1);
  const drawn = minutes.flatMap((one, at) => {
    const high = (100 * one.requests) / most, bad = (100 * one.errors) / most;
    const bar = (tag, y, height) => h(tag, { x: at * wide, y, width: Math.max(wide - 1, 0.5), height });
    return [bar("rect", 105 - high, high - bad), bar("rect.bad", 105 - bad, bad)];
  });
  return h("svg.chart", { viewBox: "0 0 600 110", preserveAspectRatio: "none", role: "img", "aria-label": label }, drawn);
}

export function interval(share, label) {
  const x = (value) => 6 + 138 * value;
  return h("svg.interval", { viewBox: "0 0 150 18", role: "img", "aria-label": label },
    h("path", { d: `M${x(share.low)} 9H${x(share.high)}` }),
    share.share !== null && h("circle", { cx: x(share.share), cy: 9, r: 5 }));
}
