/* All answers about one curve for one set of numbers: what the page shows, and what the Python API says as well. */
simworth.answers = (() => {
  const { questions, say } = simworth;
  const NOT_BETTER = ["no_transfer", "harmful"];

  /* `ask`: {curve, law, joint, rivals: [{name, law}], target, factor, worthwhile, simulation, experiment, budget, value}. */
  function answers(ask) {
    const { law, joint, curve } = ask;
    const unit = curve.unit;
    const found = { need: questions.need.ask(law, ask.target, unit) };
    found.growth = questions.growth.ask(law, ask.factor, unit);
    const inMoney = ask.simulation !== null && ask.value !== null;
    found.stop = questions.stop.ask(law, ask.worthwhile, inMoney ? ask.simulation : null, inMoney ? ask.value : null);
    if (NOT_BETTER.includes(curve.verdict)) found.stop.sentence = cautioned(found.stop.sentence);
    if (joint) {
      found.equivalence = questions.equivalence.ask(joint);
      found.isoline = questions.isoline.ask(joint);
    }
    found.budget = budget(ask, unit);
    if (ask.rivals.length > 1) found.ranking = ranking(ask, unit);
    return found;
  }

  const cautioned = (sentence) => say.both((s) => s.text("caution", { sentence: sentence[s.language] }));

  function budget(ask, unit) {
    const { simulation, experiment, budget: money } = ask;
    const told = (key) => ({ sentence: say.both((s) => s.text(key)) });
    if (!ask.joint) return simulation !== null && money !== null ? alone(ask, unit) : told("budget.one_m");
    if (simulation === null || experiment === null || money === null) return told("budget.missing");
    if (money < Math.min(simulation, experiment)) return told("budget.nothing");
    return questions.budget.ask(ask.joint, { simulation, experiment, budget: money }, unit);
  }

  /* What the whole budget buys in simulations: the error at the size that it grows the database to. */
  function alone(ask, unit) {
    const n = ask.law.largest + ask.budget / ask.simulation;
    const error = ask.law.predict(n);
    const sentence = say.both((s) => {
      const values = {
        n: s.count(n),
        error: s.error(error.median, unit),
        range: s.range(error.low, error.high, unit),
        level: s.level(ask.law.level),
      };
      return `${s.text("budget.simulations_only", values)}${s.text("list.space")}${s.text("budget.one_m")}`;
    });
    return { values: { n, error }, sentence };
  }

  function ranking(ask, unit) {
    const paired = ask.rivals.every((r) => r.law.departures.shift.some((v) => v !== 0));
    return ask.simulation !== null && ask.budget !== null
      ? questions.ranking.forBudget(ask.rivals, ask.simulation, ask.budget, paired, unit)
      : questions.ranking.at(ask.rivals, paired, unit);
  }

  return answers;
})();
