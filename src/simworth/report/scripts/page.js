/* Everything starts here: the language, the first planner, then the other planners and the drawings, one by one. */
simworth.planners = {};
simworth.language.start();
simworth.copy.start();
(() => {
  const figure = (name, target) => document.querySelector(`[data-chart="${name}"][data-target="${target.slug}"]`);
  const plan = (target) => {
    simworth.planners[target.slug] = simworth.planner.start(target);
  };
  const [first, ...others] = simworth.data.targets;
  plan(first);
  const jobs = [
    ...others.map((target) => () => plan(target)),
    ...simworth.data.targets.flatMap((target) => [
      () => {
        const found = figure("parity", target);
        if (found) simworth.charts.parity.start(found, target.parity, target.unit);
      },
      () => simworth.charts.agreement.start(figure("agreement", target), target.agreement, target.unit),
    ]),
  ];
  const next = () => {
    const job = jobs.shift();
    if (job) job();
    if (jobs.length) setTimeout(next, 0);
    else document.documentElement.dataset.ready = "";
  };
  setTimeout(next, 0);
})();
