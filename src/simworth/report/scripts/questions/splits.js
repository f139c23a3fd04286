/* Ways to spend a budget on simulations and experiments. simworth.planning.budget.splits */
simworth.questions.splits = (() => {
  const STEPS = 400;

  /* Round half to even, as numpy.round does. */
  function even(x) {
    const below = Math.floor(x);
    const over = x - below;
    return over > 0.5 || (over === 0.5 && below % 2 === 1) ? below + 1 : below;
  }

  /* New experiments of each way: every whole number, or STEPS of them, closer where one side gets nearly all. */
  function experiments(most) {
    if (most < STEPS) return Array.from({ length: most + 1 }, (_, k) => k);
    const end = 0.5 * Math.PI;
    const bent = Array.from({ length: STEPS }, (_, k) => {
      const at = k === STEPS - 1 ? end : k * (end / (STEPS - 1));
      return even(most * Math.sin(at) ** 2);
    });
    return [...new Set(bent)].sort((a, b) => a - b);
  }

  /* [{share, n, m}, ...] by rising share of the budget that goes to experiments. */
  function splits(n, m, costs) {
    const most = Math.floor((costs.budget / costs.experiment) * (1 + 1e-12));
    return experiments(most).map((more) => {
      const left = Math.max(costs.budget - more * costs.experiment, 0);
      return {
        share: (more * costs.experiment) / costs.budget,
        n: n + Math.floor((left / costs.simulation) * (1 + 1e-12)),
        m: m + more,
      };
    });
  }

  return splits;
})();
