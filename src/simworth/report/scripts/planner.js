/* The planner of one target: numbers in, answers and drawings out. */
simworth.planner = (() => {
  const DELAY = 60; /* milliseconds of rest before the answers are worked out again */
  const FACTOR = 10;
  const MONEY = { low: 1e-3, high: 1e6, log: true };
  const laws = new WeakMap();

  /* A curve's law, read once. */
  function lawOf(entry) {
    if (!laws.has(entry)) laws.set(entry, simworth.law.read(entry.law));
    return laws.get(entry);
  }

  const label = (curve) => `${curve.arm}, m = ${simworth.say.en.count(curve.m)}`;

  function start(target) {
    const form = document.querySelector(`[data-planner="${target.slug}"]`);
    const advice = document.querySelector(`[data-advice="${target.slug}"]`);
    const figure = (name) => document.querySelector(`[data-chart="${name}"][data-target="${target.slug}"]`);
    const curves = target.curves.filter((c) => c.law);
    const lead = target.curves[target.lead];
    const state = { curve: lead, results: {}, target: null };
    const redraws = [];
    const lawFigure = figure("law");
    if (lawFigure) {
      const view = () => ({ curve: state.curve, target: state.target, need: state.results.need?.values.n });
      redraws.push(simworth.charts.law.start(lawFigure, target.metric, view));
    }
    if (!curves.length) return;
    if (!lead.law) state.curve = curves[0];

    const controls = makeControls(form, later);
    const select = form.querySelector("select");
    const plots = makePlots(figure, state, target);

    function ask() {
      const { curve } = state;
      const law = lawOf(curve);
      const joint = target.joint.find((j) => j.law && j.arm === curve.arm && j.learner === curve.learner);
      const rivals = curves.filter((c) => c.m === curve.m && c.learner === curve.learner);
      return {
        curve,
        law,
        joint: joint ? lawOf(joint) : null,
        jointPoints: joint ? joint.points : [],
        rivals: rivals.map((c) => ({ name: c.arm, law: lawOf(c) })),
        target: controls.target.get(),
        factor: controls.factor.get() ?? FACTOR,
        worthwhile: (controls.worthwhile.get() ?? 100 * target.given.worthwhile) / 100,
        ...Object.fromEntries(["simulation", "experiment", "budget", "value"].map((k) => [k, controls[k].get()])),
      };
    }

    function work() {
      state.asked = ask();
      state.results = simworth.answers(state.asked);
      state.target = state.results.need.given.target_error;
      showAnswers();
      for (const redraw of redraws) redraw();
      plots();
    }

    /* Live answers take the place of the plan's; the others hold for the run's own settings alone. */
    function showAnswers() {
      const own = state.curve === lead && controls.target.get() === target.given.target;
      for (const box of advice.querySelectorAll("[data-question]")) {
        const found = state.results[box.dataset.question];
        const live = box.dataset.question in LIVE;
        box.hidden = live ? !found : !own;
        if (found && live) simworth.language.fill(box.querySelector("p"), found.sentence);
      }
    }

    let waiting = 0;
    function later() {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        work();
        simworth.language.fill(form.querySelector("[role=status]"), state.results.need.sentence);
      }, DELAY);
    }

    function reset() {
      const given = target.given;
      const own = state.curve === lead;
      const aim = simworth.questions.need.defaultTarget(lawOf(state.curve));
      controls.target.rescale(0.2 * aim, 1.6 * aim);
      controls.target.set(own ? given.target : null, aim);
      controls.factor.set(null, FACTOR);
      controls.worthwhile.set(null, 100 * given.worthwhile);
      for (const key of ["simulation", "experiment", "budget", "value"]) controls[key].set(given[key] ?? null);
    }

    curves.forEach((curve, i) => select.append(new Option(label(curve), i, false, curve === state.curve)));
    select.closest(".control").hidden = curves.length < 2;
    select.addEventListener("change", () => {
      state.curve = curves[Number(select.value)];
      const aim = simworth.questions.need.defaultTarget(lawOf(state.curve));
      controls.target.rescale(0.2 * aim, 1.6 * aim);
      controls.target.set(null, aim);
      later();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      state.curve = lead.law ? lead : curves[0];
      select.value = curves.indexOf(state.curve);
      reset();
      later();
    });
    form.hidden = false;
    reset();
    work();
    return { state, work };
  }

  const LIVE = { need: 1, growth: 1, stop: 1, isoline: 1, equivalence: 1, budget: 1, ranking: 1 };

  function makeControls(form, changed) {
    const at = (key) => form.querySelector(`[data-control="${key}"]`);
    const fine = () => null;
    const share = (v) => (v < 100 ? null : "planner.ask_share");
    const make = (key, scale, check = fine) => [key, simworth.controls.control(at(key), scale, check, changed)];
    return Object.fromEntries([
      make("target", { low: 1e-3, high: 1, log: true }),
      make("factor", { low: 1, high: 100, log: true }),
      make("worthwhile", { low: 0.1, high: 20, log: true }, share),
      ...["simulation", "experiment", "budget", "value"].map((key) => make(key, MONEY)),
    ]);
  }

  /* The drawings that need a joint law, made when it is first there; gives what draws them again. */
  function makePlots(figure, state, target) {
    const made = {};
    const [plane, split] = [figure("plane"), figure("split")];
    return () => {
      const { joint, jointPoints } = state.asked;
      const budget = state.results.budget?.ways?.length ? state.results.budget : null;
      plane.hidden = !joint;
      split.hidden = !budget;
      const view = () => ({ law: state.asked.joint, unit: target.unit, points: state.asked.jointPoints, target: state.target, budget: state.results.budget?.ways?.length ? state.results.budget : null });
      if (joint && jointPoints.length) {
        if (made.plane) made.plane();
        else made.plane = simworth.charts.plane.start(plane, view);
      }
      if (budget) {
        if (made.split) made.split();
        else made.split = simworth.charts.split.start(split, view);
      }
    };
  }

  return { start };
})();
