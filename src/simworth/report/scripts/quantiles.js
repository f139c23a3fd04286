/* Quantiles and estimates of draws, as numpy takes them. */
simworth.quantiles = (() => {
  const sorted = (values) => Float64Array.from(values).sort();

  /* numpy.quantile(..., method="inverted_cdf") of sorted values: an order statistic, so infinities do no harm. */
  function ordered(values, q) {
    const index = values.length * q - 1;
    const below = Math.floor(index);
    return values[Math.min(Math.max(index === below ? below : below + 1, 0), values.length - 1)];
  }

  /* numpy.quantile(...) of sorted values: linear between two of them. */
  function linear(values, q) {
    const index = (values.length - 1) * q;
    const below = Math.min(Math.floor(index), values.length - 1);
    const above = Math.min(below + 1, values.length - 1);
    const t = index - below;
    const [a, b] = [values[below], values[above]];
    return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
  }

  /* simworth.planning.answer.estimate */
  function estimate(draws, level) {
    const values = sorted(draws);
    return {
      low: ordered(values, 0.5 - level / 2),
      median: ordered(values, 0.5),
      high: ordered(values, 0.5 + level / 2),
    };
  }

  /* The share of draws for which something holds. */
  function share(draws, holds) {
    let count = 0;
    for (let i = 0; i < draws.length; i += 1) if (holds(draws[i], i)) count += 1;
    return count / draws.length;
  }

  return { sorted, ordered, linear, estimate, share };
})();
