/* What would a larger database bring? simworth.planning.growth, at any multiple of the present size. */
simworth.questions.growth = (() => {
  const { quantiles, say } = simworth;

  function ask(law, factor, unit = "") {
    const now = law.largest;
    const error = law.predict(factor * now);
    const cut = quantiles.estimate(
      simworth.questions.stop.relativeCut(law.curve(now), law.curve(factor * now)),
      law.level,
    );
    const sentence = say.both((s) =>
      s.text("growth.at", {
        factor: s.error(factor),
        n: s.count(factor * now),
        error: s.error(error.median, unit),
        range: s.range(error.low, error.high, unit),
        change: change(s, cut),
        level: s.level(law.level),
      }),
    );
    return { values: { error, cut }, given: { present: now }, sentence };
  }

  /* A cut in words, or a rise where the error does not fall. */
  function change(s, cut) {
    const rises = cut.median < 0;
    const [low, middle, high] = rises ? [-cut.high, -cut.median, -cut.low] : [cut.low, cut.median, cut.high];
    const words = { middle: s.percent(middle), low: s.percent(low), high: s.percent(high) };
    return s.text(rises ? "growth.rise" : "growth.cut", words);
  }

  return { ask };
})();
