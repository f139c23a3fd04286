/* Numbers and sentences in a language. The numbers are those of simworth.inference.words; the sentences are in
   words.json, with {names} in the places of what is filled in. */
simworth.say = (() => {
  const { fixed, general, grouped } = simworth.digits;
  const LANGUAGES = ["en", "ja"];

  function error(value, unit = "") {
    let digits = general(value, 3);
    if (digits.includes("e") && Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6) digits = grouped(Number(digits));
    return unit === "1" ? digits : `${digits} ${unit}`.trim();
  }

  function percent(share) {
    const value = 100 * share;
    return Math.abs(value) >= 9.95 || value === 0 ? `${fixed(value, 0)} %` : `${fixed(value, 1)} %`;
  }

  /* Japanese counts large numbers in 10^4 and 10^8. */
  function myriads(n) {
    const [size, name] = n >= 1e8 ? [1e8, "億"] : [1e4, "万"];
    return Number(general(n / size, 3)).toLocaleString("en-US", { maximumSignificantDigits: 10 }) + name;
  }

  function speaker(language) {
    const text = (key, values = {}) => {
      const found = simworth.data.words[key];
      if (!found) throw new Error(`words.json has no ${key}`);
      const words = found[language] || found.en;
      return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
    };
    const count = (n) => {
      if (!Number.isFinite(n)) return text("number.none");
      if (n >= 1e12) return `10^${fixed(Math.log10(n), 0)}`;
      if (n >= 1e6 && language === "ja") return myriads(n);
      if (n >= 1e9) return text("number.billion", { n: general(n / 1e9, 3) });
      if (n >= 1e6) return text("number.million", { n: general(n / 1e6, 3) });
      return n < 1000 ? general(n, 3) : grouped(Number(general(n, 3)));
    };
    const probability = (p) => {
      if (p > 0.99) return text("number.over");
      if (p < 0.01) return text("number.under");
      return `${fixed(100 * p, 0)} %`;
    };
    const range = (low, high, unit = "") => text("number.range", { low: error(low), high: error(high, unit) });
    /* An interval of numbers of materials, whose upper end may be infinite. */
    const counts = (low, high) =>
      high === Infinity
        ? text(low === Infinity ? "number.counts_none" : "number.counts_open", { low: count(low) })
        : text("number.counts", { low: count(low), high: count(high) });
    const level = (p) => fixed(100 * p, 0);
    return { language, text, error, count, percent, probability, range, counts, level };
  }

  const speakers = Object.fromEntries(LANGUAGES.map((language) => [language, speaker(language)]));

  /* {en, ja} of a sentence that is made by a speaker. */
  const both = (sentence) => Object.fromEntries(LANGUAGES.map((language) => [language, sentence(speakers[language])]));

  return { both, ...speakers };
})();
