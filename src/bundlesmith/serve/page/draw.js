// Drawings of numbers, as SVG. Knows nothing about where they come from.
const NS = "http://www.w3.org/2000/svg";

function s(tag, props, ...children) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(props)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Requests of each minute as bars, the failed ones on top; `label` says it in words. */
export function bars(minutes, label) {
  const most = Math.max(1, ...minutes.map((one) => one.requests)), wide = 600 / Math.max(minutes.length, 1);
  const drawn = minutes.flatMap((one, at) => {
    const high = (100 * one.requests) / most, bad = (100 * one.errors) / most;
    const bar = (y, height, name) => s("rect", { x: at * wide, y, width: Math.max(wide - 1, 0.5), height, class: name });
    return [bar(105 - high, high - bad, "good"), bar(105 - bad, bad, "bad")];
  });
  return s("svg", { class: "chart", viewBox: "0 0 600 110", preserveAspectRatio: "none", role: "img", "aria-label": label }, ...drawn);
}

/** A share and its interval, from 0 to 1. */
export function interval(share, label) {
  const x = (value) => 4 + 142 * value;
  const line = s("path", { d: `M${x(share.low)} 9H${x(share.high)}` });
  const dot = share.share === null ? [] : [s("circle", { cx: x(share.share), cy: 9, r: 5 })];
  return s("svg", { class: "interval", viewBox: "0 0 150 18", role: "img", "aria-label": label }, line, ...dot);
}
