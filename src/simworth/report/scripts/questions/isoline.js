/* Which numbers of simulations and experiments give the same error? simworth.planning.isoline */
simworth.questions.isoline = (() => {
  const { quantiles, say } = simworth;
  const FACTORS = [0.25, 0.5, 1, 2, 4, 8];
  const FARTHEST = 1e3;
  const STEPS = 400;

  /* The least m at which each draw's error at n is `error` (one a draw); read off a grid in log m, as Python does. */
  function equalM(law, n, error) {
    const last = Math.log(FARTHEST * Math.max(law.mostExperiments, 1));
    const logM = (k) => (k === STEPS - 1 ? last : k * (last / (STEPS - 1)));
    return law.each((part, i, draw) => {
      const goal = error[draw];
      const at = (k) => part.form.value(n, Math.exp(logM(k)), part.parameters, i);
      const below = (k) => at(k) <= goal * (1 + 1e-12);
      if (!below(STEPS - 1)) return Infinity;
      let [low, first] = [-1, STEPS - 1]; /* the error falls with m, so halving finds the first */
      while (first - low > 1) {
        const middle = (low + first) >> 1;
        if (below(middle)) first = middle;
        else low = middle;
      }
      const before = Math.max(first - 1, 0);
      const fall = at(before) - at(first);
      const share = fall > 0 ? Math.min(Math.max((at(before) - goal) / fall, 0), 1) : 0;
      return Math.exp(logM(before) + share * (logM(first) - logM(before)));
    });
  }

  /* Estimates of m at each size, for an error that all draws share. */
  function along(law, sizes, target) {
    const goal = new Float64Array(law.count).fill(target);
    return sizes.map((n) => ({ n, ...quantiles.estimate(equalM(law, n, goal), law.level) }));
  }

  function ask(law) {
    const { effects } = simworth.questions;
    const found = effects.ask(law);
    const probabilities = { n_matters: found.n, m_matters: found.m };
    if (!found.shown) {
      const sentence = say.both((s) =>
        s.text("isoline.none", { where: effects.where(s, law), why: effects.words(s, found) }),
      );
      return { points: [], probabilities, sentence };
    }
    const goal = law.curve(law.largest, law.mostExperiments);
    const points = FACTORS.map((f) => {
      const n = f * law.largest;
      return { n, ...quantiles.estimate(equalM(law, n, goal), law.level) };
    });
    const sentence = say.both((s) => {
      const parts = points.map((p) =>
        s.text("isoline.part", {
          m: s.count(p.median),
          n: s.count(p.n),
          low: s.count(p.low),
          high: s.count(p.high),
          range: s.counts(p.low, p.high),
        }),
      );
      const where = effects.where(s, law);
      return s.text("isoline.all", { where, parts: parts.join(s.text("list.comma")), level: s.level(law.level) });
    });
    return { points, probabilities, sentence };
  }

  return { ask, along, equalM };
})();
