/* How many simulations is one experiment worth? simworth.planning.equivalence */
simworth.questions.equivalence = (() => {
  const { quantiles, say } = simworth;

  function ask(law) {
    const { effects } = simworth.questions;
    const found = effects.ask(law);
    const probabilities = { n_matters: found.n, m_matters: found.m };
    if (!found.shown) {
      const sentence = say.both((s) =>
        s.text("equivalence.none", { where: effects.where(s, law), why: effects.words(s, found) }),
      );
      return { values: {}, probabilities, sentence };
    }
    const [byN, byM] = law.slopes(law.largest, law.mostExperiments);
    const worth = byN.map((slope, i) => (slope < 0 ? Math.max(byM[i] / slope, 0) : Infinity));
    const value = quantiles.estimate(worth, law.level);
    const sentence = say.both((s) =>
      s.text("equivalence.worth", {
        median: s.count(value.median),
        level: s.level(law.level),
        low: s.count(value.low),
        high: s.count(value.high),
        range: s.counts(value.low, value.high),
        where: effects.where(s, law),
      }),
    );
    return { values: { simulations_per_experiment: value }, probabilities, sentence };
  }

  return { ask };
})();
