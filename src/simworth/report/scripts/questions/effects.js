/* Do simulations lower the error, and do experiments? simworth.planning.effects */
simworth.questions.effects = (() => {
  const { quantiles } = simworth;
  const NOTHING = 1e-3;
  const SURE = 0.9;

  function ask(law) {
    const [n, m] = [law.largest, law.mostExperiments];
    const error = law.curve(n, m);
    const matters = (other) => quantiles.share(error, (v, i) => v - other[i] > NOTHING * v);
    const found = { n: matters(law.curve(2 * n, m)), m: matters(law.curve(n, 2 * m)) };
    return { ...found, shown: found.n >= SURE && found.m >= SURE, sure: SURE };
  }

  /* Which of the two is not detectable. */
  function words(s, found) {
    const fewer = found.n <= found.m;
    const p = s.probability(fewer ? found.n : found.m);
    return s.text(fewer ? "effects.simulations" : "effects.experiments", { p });
  }

  const where = (s, law) =>
    s.text("effects.where", { n: s.count(law.largest), m: s.count(law.mostExperiments) });

  return { ask, words, where };
})();
