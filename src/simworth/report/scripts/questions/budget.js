/* How should a budget be split between simulations and experiments? simworth.planning.budget */
simworth.questions.budget = (() => {
  const { quantiles, say } = simworth;
  const FLAT = 0.01;

  const leastAt = (values) => values.reduce((best, v, i) => (v < values[best] ? i : best), 0);
  const less = (errors, at, best) => errors[at].map((v, i) => v - errors[best][i]);

  /* The share that is best in each draw. */
  function bestShares(ways, errors, count) {
    return Float64Array.from({ length: count }, (_, draw) => {
      let best = 0;
      for (let k = 1; k < ways.length; k += 1) if (errors[k][draw] < errors[best][draw]) best = k;
      return ways[best].share;
    });
  }

  function ask(law, costs, unit = "") {
    const found = simworth.questions.effects.ask(law);
    const probabilities = { n_matters: found.n, m_matters: found.m };
    if (!found.shown) return { values: {}, expected: {}, ways: [], probabilities, sentence: none(law, found) };
    const ways = simworth.questions.splits(law.largest, law.mostExperiments, costs);
    const errors = ways.map((way) => law.curve(way.n, way.m));
    const mean = errors.map((e) => e.reduce((sum, v) => sum + v, 0) / e.length);
    const best = leastAt(mean);
    const good = ways.filter((_, k) => mean[k] <= (1 + FLAT) * mean[best]);
    const estimate = (draws) => quantiles.estimate(draws, law.level);
    const values = {
      share: estimate(bestShares(ways, errors, law.count)),
      error: estimate(errors[best]),
      gain_over_simulations: estimate(less(errors, 0, best)),
      gain_over_experiments: estimate(less(errors, ways.length - 1, best)),
    };
    const expected = { ...ways[best], flat_low: good[0].share, flat_high: good[good.length - 1].share };
    const sentence = say.both((s) => words(s, law, costs, expected, values, unit));
    return { values, expected, probabilities, sentence, ways: ways.map((way, k) => ({ ...way, mean: mean[k] })) };
  }

  function none(law, found) {
    const { effects } = simworth.questions;
    return say.both((s) => {
      const key = found.m >= found.sure ? "budget.experiments" : found.n >= found.sure ? "budget.simulations" : null;
      const spend = key ? s.text(key) : "";
      return s.text("budget.none", { where: effects.where(s, law), why: effects.words(s, found), spend });
    });
  }

  function words(s, law, costs, best, values, unit) {
    const { share, error, gain_over_simulations: overN, gain_over_experiments: overM } = values;
    return s.text("budget.split", {
      budget: s.error(costs.budget),
      share: s.percent(best.share),
      m: s.count(best.m - law.mostExperiments),
      n: s.count(best.n - law.largest),
      error: s.error(error.median, unit),
      low: s.percent(share.low),
      high: s.percent(share.high),
      level: s.level(law.level),
      over_n: s.error(overN.median, unit),
      over_n_range: s.range(overN.low, overN.high),
      over_m: s.error(overM.median, unit),
      over_m_range: s.range(overM.low, overM.high),
      flat_low: s.percent(best.flat_low),
      flat_high: s.percent(best.flat_high),
      flat: s.percent(FLAT),
    });
  }

  return { ask };
})();
