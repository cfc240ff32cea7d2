// What the page itself says: words.en.json or words.zh.json; only what is needed is loaded.
const KEPT = "bundlesmith.language";
export let language = localStorage.getItem(KEPT) || (navigator.language.startsWith("zh") ? "zh" : "en");
let words = {};

/** Speak a language; what stands in the page itself is in it at once. */
export async function speak(name) {
  words = await (await fetch(`/page/words.${name}.json`)).json();
  language = document.documentElement.lang = name;
  for (const box of document.querySelectorAll("[data-t]")) box.textContent = t(box.dataset.t);
  for (const box of document.querySelectorAll("[data-name]")) box.title = box.ariaLabel = t(box.dataset.name);
  for (const box of document.querySelectorAll("[data-hint]")) box.placeholder = t(box.dataset.hint);
}

export async function otherLanguage() {
  await speak(language === "zh" ? "en" : "zh");
  localStorage.setItem(KEPT, language);
}

export const t = (key, ...values) => values.reduce((text, value, place) => text.replaceAll(`{${place}}`, () => value), words[key] ?? key);

/** An amount; the shop's currency isn't known here. */
export const money = (amount) => amount?.toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) ?? "–";
