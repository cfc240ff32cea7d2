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

let currency = "";
export const payIn = (code) => { currency = code; };

/** An amount, with the shop's currency if that is known. */
export const money = (amount) => amount?.toLocaleString(language, currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" }
  : { minimumFractionDigits: 2, maximumFractionDigits: 2 }) ?? "–";
