// Words as they are said: one by one in reading order, however many come at once.
const PACE = 25; // milliseconds a word

/** Gives `add(place, part, word)` the words that it is told, at a pace; at once to those who want no motion. */
export class Saying {
  constructor(add, language) {
    Object.assign(this, { add, waiting: [], ended: () => {}, words: new Intl.Segmenter(language, { granularity: "word" }) });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  say(place, part, text) {
    const words = this.calm ? [text] : Array.from(this.words.segment(text), (word) => word.segment);
    this.waiting.push(...words.map((word) => [place, part, word]));
    if (this.calm) this.next();
    else this.timer ??= setInterval(() => this.next(), PACE);
  }

  next() {
    if (this.waiting.length) this.add(...this.waiting.shift());
    if (!this.waiting.length) this.stop();
  }

  async end() {
    if (this.waiting.length) await new Promise((ended) => Object.assign(this, { ended }));
  }

  stop() {
    clearInterval(this.timer);
    Object.assign(this, { timer: null, waiting: [] });
    this.ended();
  }
}
