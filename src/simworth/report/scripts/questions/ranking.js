/* Which database is worth most, at one size and for a budget? simworth.planning.ranking */
simworth.questions.ranking = (() => {
  const { quantiles, say } = simworth;
  const SURE = 0.9;

  /* The error of a candidate in each draw, in the order of draws that belongs to its name. */
  function errors(candidate, n, paired) {
    const { law, name } = candidate;
    const predicted = law.predicted(n);
    const shift = law.departures.shift;
    const values = paired ? predicted.map((v, i) => v + shift[i]) : predicted;
    return Float64Array.from(simworth.data.orders[name], (at) => values[at]);
  }

  /* Ranks within one draw; equal ones share the middle rank. */
  const rankOf = (row, i) =>
    row.reduce((rank, v, k) => rank + (v < row[i] ? 1 : k !== i && v === row[i] ? 0.5 : 0), 1);

  /* `candidates`: [{name, law}, ...]; `sizes`: n of each. `where`: the opening words, by a speaker. */
  function ranked(candidates, sizes, paired, unit, where) {
    const level = candidates[0].law.level;
    const names = candidates.map((c) => c.name);
    const table = candidates.map((c, i) => errors(c, sizes[i], paired));
    const draws = Math.min(...table.map((e) => e.length));
    const rank = names.map(() => 0);
    const best = names.map(() => 0);
    for (let d = 0; d < draws; d += 1) {
      const row = table.map((e) => e[d]);
      const least = Math.min(...row);
      const ties = row.filter((v) => v === least).length;
      row.forEach((v, i) => {
        rank[i] += rankOf(row, i) / draws;
        if (v === least) best[i] += 1 / ties / draws;
      });
    }
    const order = names.map((_, i) => i).sort((a, b) => rank[a] - rank[b] || (names[a] < names[b] ? -1 : 1));
    const behind = (i) =>
      quantiles.estimate(table[i].slice(0, draws).map((v, d) => v - table[order[0]][d]), level);
    const rows = order.map((i, place) => ({
      name: names[i],
      n: sizes[i],
      error: quantiles.estimate(table[i].slice(0, draws), level),
      behind: place ? behind(i) : null,
      best: best[i],
      rank: rank[i],
    }));
    return { rows, sentence: say.both((s) => words(s, rows, where(s), level, unit)) };
  }

  function words(s, rows, where, level, unit) {
    const [lead, follower] = rows;
    const gap = follower.behind;
    const listed = rows.map((r) => `${r.name} (${s.probability(r.best)})`).join(s.text("list.comma"));
    return s.text(lead.best >= SURE ? "ranking.told" : "ranking.open", {
      where,
      Where: where.slice(0, 1).toUpperCase() + where.slice(1),
      lead: lead.name,
      follower: follower.name,
      listed,
      gap: s.error(gap.median, unit),
      level: s.level(level),
      range: s.range(gap.low, gap.high, unit),
    });
  }

  /* All at the largest size that any of them was measured at. */
  function at(candidates, paired, unit) {
    const size = Math.max(...candidates.map((c) => c.law.largest));
    const sizes = candidates.map(() => size);
    return ranked(candidates, sizes, paired, unit, (s) => s.text("ranking.at", { n: s.count(size) }));
  }

  /* Each grown from its present size by what the budget buys. */
  function forBudget(candidates, cost, budget, paired, unit) {
    const sizes = candidates.map((c) => c.law.largest + budget / cost);
    return ranked(candidates, sizes, paired, unit, (s) => s.text("ranking.budget", { budget: s.error(budget) }));
  }

  return { at, forBudget };
})();
