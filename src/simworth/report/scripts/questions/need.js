/* How many simulated materials are needed for a target error? simworth.planning.need */
simworth.questions.need = (() => {
  const { quantiles, say } = simworth;
  const EASIER = 0.9;

  const median = (draws) => quantiles.linear(quantiles.sorted(draws), 0.5);
  const defaultTarget = (law) => EASIER * median(law.curve(law.largest));

  /* n at which each draw reaches the error; where the error does not fall, the present one is the least in sight. */
  function sizes(law, target) {
    const now = law.curve(law.largest);
    const falls = law.falls;
    return law.needed(target).map((n, i) => (falls[i] ? n : now[i] <= target ? 1 : Infinity));
  }

  function ask(law, target = null, unit = "") {
    const chosen = target === null ? defaultTarget(law) : target;
    const needed = sizes(law, chosen);
    const n = quantiles.estimate(needed, law.level);
    const unreachable = quantiles.share(needed, (v) => v === Infinity);
    const reached = quantiles.share(law.curve(law.largest), (v) => v <= chosen);
    return {
      values: { n },
      given: { target_error: chosen, present: law.largest },
      probabilities: { unreachable, reached_now: reached },
      sentence: say.both((s) => {
        const error = s.error(chosen, unit);
        const what = s.text(target === null ? "need.error_default" : "need.error", { error });
        const now = s.count(law.largest);
        if (reached >= 0.5) return s.text("need.now", { now, what, p: s.probability(reached) });
        const never = s.text("need.never", { p: s.probability(unreachable) });
        if (n.median === Infinity) {
          const least = n.low === Infinity ? "" : s.text("need.least", { low: s.count(n.low) });
          return s.text("need.out", { what, never, least });
        }
        const [median, range] = [s.count(n.median), s.counts(n.low, n.high)];
        return s.text("need.takes", { what, median, level: s.level(law.level), range, now, never });
      }),
    };
  }

  return { ask, sizes, defaultTarget };
})();
