/* Is it time to stop growing this database? simworth.planning.stop */
simworth.questions.stop = (() => {
  const { quantiles, say } = simworth;
  const SURE = 0.9;

  const relativeCut = (before, after) => before.map((v, i) => (v > 0 ? 1 - after[i] / v : 0));

  function advice(s, p) {
    if (p >= SURE) return s.text("stop.stop");
    return s.text(p <= 1 - SURE ? "stop.go" : "stop.undecided");
  }

  /* `cost` of a simulation and `value` of a unit of error: both, or neither. */
  function ask(law, worthwhile, cost = null, value = null) {
    const now = law.largest;
    const [before, after] = [law.curve(now), law.curve(2 * now)];
    const cut = relativeCut(before, after);
    const little = quantiles.share(cut, (v) => v < worthwhile);
    const values = { cut: quantiles.estimate(cut, law.level) };
    const probabilities = { not_worth_it: little };
    if (cost === null || value === null) {
      const sentence = say.both((s) =>
        s.text("stop.share", {
          now: s.count(now),
          worthwhile: s.percent(worthwhile),
          p: s.probability(little),
          advice: advice(s, little),
        }),
      );
      return { values, probabilities, sentence };
    }
    const gain = before.map((v, i) => value * (v - after[i]));
    const p = quantiles.share(gain, (v) => v < cost * now);
    values.worth = quantiles.estimate(gain, law.level);
    probabilities.worth_less_than_cost = p;
    const { median, low, high } = values.worth;
    const sentence = say.both((s) =>
      s.text("stop.money", {
        now: s.count(now),
        cost: s.error(cost * now),
        worth: s.error(median),
        level: s.level(law.level),
        range: s.range(low, high),
        p: s.probability(p),
        advice: advice(s, p),
      }),
    );
    return { values, probabilities, sentence };
  }

  return { ask, relativeCut };
})();
