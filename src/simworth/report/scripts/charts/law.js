/* The law of a curve: trials, means, band and forecast, direct learning, control, backtest, and the target error. */
simworth.charts.law = (() => {
  const { quantiles } = simworth;
  const COLOURS = { blend: "var(--blend)", network: "var(--network)", ridge: "var(--ridge)", forest: "var(--forest)" };
  const DASHES = { blend: "6 4", network: "2 3", ridge: "8 3 2 3", forest: "6 4" };
  const TOP = 24;

  const colour = (learner) => COLOURS[learner] || "var(--other)";
  const rows = (table, keys) => table[keys[0]].map((_, i) => Object.fromEntries(keys.map((k) => [k, table[k][i]])));

  /* Points of the database's own curve. */
  const own = (curve) => (curve.database ? curve.database.points : []);

  /* Bounds of the error axis that hold everything but stray replicates. */
  function bounds(curve, shown) {
    const points = [...curve.points, ...curve.direct, ...curve.control, ...curve.backtest, ...own(curve)];
    const values = points.flatMap((p) => [p.low, p.high]).filter((v) => v !== null && v !== undefined);
    const errors = quantiles.sorted(curve.replicates.error);
    if (errors.length) values.push(quantiles.linear(errors, 0.02), quantiles.linear(errors, 0.98));
    values.push(...curve.band.low, ...curve.band.high);
    if (curve.limit) values.push(curve.limit.low, curve.limit.high);
    if (shown.target) values.push(shown.target);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const space = 0.06 * (high - low || high || 1);
    return [Math.max(low - space, 0), high + space];
  }

  /* `shown`: {xLog, yLog, replicates, target, need}. */
  function plot(curve, metric, shown, width) {
    const text = simworth.language.text;
    const sizes = curve.points.map((p) => p.n);
    const band = rows(curve.band, ["x", "median", "low", "high"]);
    const last = band.length ? band[band.length - 1].x : Math.max(...sizes);
    const first = Math.min(...sizes);
    const x = shown.xLog ? [first / 1.3, last * 1.6] : [0, last * 1.04];
    let y = bounds(curve, shown);
    if (shown.yLog) y = [positive(curve, y[0]), y[1]];
    const height = Math.round(Math.min(Math.max(0.62 * width, 300), 460));
    const unit = curve.unit && curve.unit !== "1" ? ` (${curve.unit})` : "";
    const inside = (v) => v >= y[0] && v <= y[1];
    const cut = (d) => ({ ...d, low: Math.max(d.low, y[0]), high: Math.min(Math.max(d.high, y[0]), y[1]) });
    const svg = Plot.plot({
      width,
      height,
      marginLeft: 58,
      marginTop: TOP + 14,
      marginRight: 14,
      marginBottom: 40,
      style: simworth.charts.frame.STYLE,
      x: { type: shown.xLog ? "log" : "linear", domain: x, label: null, tickFormat: simworth.charts.frame.short, ticks: width / 90 },
      y: { type: shown.yLog ? "log" : "linear", domain: y, label: null, grid: true, ticks: 6, tickFormat: "~r" },
      marks: [
        Plot.axisX({ ticks: shown.xLog ? 4 : width / 110, tickFormat: simworth.charts.frame.short, tickSize: 4 }),
        ...direct(curve, x),
        ...law(band.map(cut), Math.max(...sizes)),
        now(Math.max(...sizes), Boolean(band.length), text),
        ...target(shown, x, text),
        ...trials(curve, shown, inside),
        ...database(curve, inside),
        ...means(curve.control, "var(--control)", "square"),
        ...means(curve.points, "var(--transfer)", "circle"),
        Plot.dot(curve.backtest, { x: "n", y: "median", symbol: "times", r: 5, stroke: "var(--ink)", strokeWidth: 1.6 }),
        ...limit(curve.limit, x[1], shown.xLog),
        Plot.text([`${text(`chart.${metric}`)}${unit}`], { frameAnchor: "top-left", dx: -50, dy: -TOP - 10, fill: "var(--muted)" }),
        Plot.text([text("chart.n")], { frameAnchor: "bottom-right", dy: 36, fill: "var(--muted)" }),
      ],
    });
    return { svg, points: simworth.charts.frame.placed(svg, points(curve, band, shown, inside)), alt: alt(curve) };
  }

  /* A floor above zero for a logarithmic axis. */
  function positive(curve, low) {
    if (low > 0) return low;
    const seen = [...curve.points.map((p) => p.low), ...curve.band.low].filter((v) => v > 0);
    return 0.8 * Math.min(...seen, Math.min(...curve.points.filter((p) => p.mean).map((p) => p.mean)));
  }

  function direct(curve, x) {
    return curve.direct.flatMap((d) => [
      Plot.rect([d], { x1: x[0] || 0, x2: x[1], y1: "low", y2: "high", fill: colour(d.learner), fillOpacity: 0.11, clip: true }),
      Plot.ruleY([d.mean], { stroke: colour(d.learner), strokeWidth: 1.7, strokeDasharray: DASHES[d.learner] || "3 3" }),
    ]);
  }

  function law(band, largest) {
    const [seen, ahead] = [band.filter((p) => p.x <= largest), band.filter((p) => p.x >= largest)];
    const area = { x: "x", y1: "low", y2: "high", fill: "var(--transfer)", clip: true };
    const line = { x: "x", y: "median", stroke: "var(--transfer)", strokeWidth: 2, clip: true };
    return [
      Plot.areaY(seen, { ...area, fillOpacity: 0.24 }),
      Plot.areaY(ahead, { ...area, fillOpacity: 0.13 }),
      Plot.line(seen, line),
      Plot.line(ahead, { ...line, strokeDasharray: "5 3" }),
    ];
  }

  /* The database's own curve: triangles, and its law without a band. */
  function database(curve, inside) {
    if (!curve.database) return [];
    const line = rows(curve.database, ["x", "median"]).filter((d) => inside(d.median));
    return [
      Plot.line(line, { x: "x", y: "median", stroke: "var(--database)", strokeWidth: 1.5, strokeDasharray: "8 2 2 2", clip: true }),
      ...means(own(curve), "var(--database)", "triangle"),
    ];
  }

  function now(largest, ahead, text) {
    const marks = [
      Plot.ruleX([largest], { stroke: "var(--muted)", strokeWidth: 0.8 }),
      Plot.text([largest], { x: (d) => d, text: (d) => text("chart.now", { n: simworth.charts.frame.short(d) }), frameAnchor: "top", textAnchor: "end", dx: -4, dy: -9, fill: "var(--muted)" }),
    ];
    if (ahead) marks.push(Plot.text([largest], { x: (d) => d, text: () => text("chart.forecast"), frameAnchor: "top", textAnchor: "start", dx: 4, dy: -9, fill: "var(--transfer)" }));
    return Plot.marks(...marks);
  }

  /* The target error, and on it the interval of the n that it needs. */
  function target(shown, x, text) {
    if (!shown.target) return [];
    const to = (n) => Math.min(Math.max(n, x[0] || 1), x[1]);
    const marks = [
      Plot.ruleY([shown.target], { stroke: "var(--good)", strokeWidth: 1.2, strokeDasharray: "1 3" }),
      Plot.text([text("chart.target")], { y: shown.target, x: x[0] || 0, textAnchor: "start", dx: 3, dy: -7, fill: "var(--good)", fontWeight: 600 }),
    ];
    const need = shown.need;
    if (need && need.low !== null && Number.isFinite(need.low)) {
      marks.push(Plot.link([need], { x1: to(need.low), x2: to(need.high), y1: shown.target, y2: shown.target, stroke: "var(--good)", strokeWidth: 4, strokeOpacity: 0.5 }));
      if (need.median >= x[0] && need.median <= x[1]) {
        marks.push(Plot.dot([need.median], { x: (d) => d, y: shown.target, r: 5, fill: "var(--good)", stroke: "var(--paper)" }));
      }
    }
    return marks;
  }

  function trials(curve, shown, inside) {
    if (!shown.replicates) return [];
    const found = rows(curve.replicates, ["n", "error"]).filter((d) => inside(d.error));
    return [Plot.dot(found, { x: "n", y: "error", r: 2.4, fill: "var(--transfer)", fillOpacity: 0.32 })];
  }

  function means(points, fill, symbol) {
    const known = points.filter((p) => p.mean !== null);
    return [
      Plot.ruleX(known, { x: "n", y1: "low", y2: "high", stroke: fill, strokeWidth: 1.6 }),
      Plot.dot(known, { x: "n", y: "mean", r: 4.6, fill, stroke: "var(--paper)", symbol }),
    ];
  }

  function limit(found, end, log) {
    if (!found) return [];
    const at = log ? end / 1.18 : end * 0.985;
    const x = () => at;
    return [
      Plot.ruleX([found], { x, y1: "low", y2: "high", stroke: "var(--limit)", strokeWidth: 1.6 }),
      Plot.dot([found], { x, y: "median", symbol: "diamond", r: 5, fill: "var(--limit)" }),
      Plot.text([found], { x, y: "high", text: () => "C", dy: -8, fill: "var(--limit)", fontStyle: "italic" }),
    ];
  }

  /* What is said of each point that can be pointed at. */
  function points(curve, band, shown, inside) {
    const s = simworth.say[simworth.language.now()];
    const unit = curve.unit;
    const told = (key, p, value, n = p.n) =>
      s.text(key, { n: s.count(n), error: s.error(value, unit), range: s.range(p.low, p.high, unit) });
    const out = curve.points.filter((p) => p.mean !== null).map((p) => ({ x: p.n, y: p.mean, words: told("chart.mean", p, p.mean) }));
    out.push(...curve.control.filter((p) => p.mean !== null).map((p) => ({ x: p.n, y: p.mean, words: told("chart.control", p, p.mean) })));
    out.push(...own(curve).map((p) => ({ x: p.n, y: p.mean, words: told("chart.database", p, p.mean) })));
    out.push(...curve.backtest.map((p) => ({ x: p.n, y: p.median, words: s.text("chart.backtest", { n: s.count(p.n), error: s.error(p.median, unit), range: s.range(p.low, p.high, unit), observed: s.error(p.observed, unit) }) })));
    out.push(...band.filter((_, i) => i % 6 === 0).map((p) => ({ x: p.x, y: p.median, words: told("chart.law", p, p.median, p.x) })));
    if (shown.replicates && curve.replicates.n.length <= 400) {
      out.push(...rows(curve.replicates, ["n", "error"]).filter((d) => inside(d.error)).map((d) => ({ x: d.n, y: d.error, words: s.text("chart.replicate", { n: s.count(d.n), error: s.error(d.error, unit) }) })));
    }
    return out;
  }

  function alt(curve) {
    const s = simworth.say[simworth.language.now()];
    const means = curve.points
      .filter((p) => p.mean !== null)
      .map((p) => s.text("chart.mean", { n: s.count(p.n), error: s.error(p.mean, curve.unit), range: s.range(p.low, p.high) }));
    const lines = curve.direct.map((d) => s.text("chart.direct", { learner: simworth.language.pick(d.name), error: s.error(d.mean, curve.unit) }));
    const alone = own(curve).map((p) =>
      s.text("chart.database", { n: s.count(p.n), error: s.error(p.mean, curve.unit), range: s.range(p.low, p.high) }),
    );
    return [...means, ...alone, ...lines].join("; ");
  }

  /* Put the drawing into its figure; `view()` tells the curve and what the planner adds to it. */
  function start(figure, metric, view) {
    let frame = null;
    const redraw = () => frame.redraw();
    const on = simworth.charts.frame.switches(
      figure,
      [["chart.x_log", true], ["chart.y_log", false], ["chart.replicates", true]],
      redraw,
    );
    frame = simworth.charts.frame.frame(figure, (width) => {
      const { curve, target: wanted, need } = view();
      const mark = figure.querySelector(".legend .drawn");
      if (mark) mark.hidden = !curve.backtest.length;
      const shown = { xLog: on("chart.x_log"), yLog: on("chart.y_log"), replicates: on("chart.replicates"), target: wanted, need };
      return plot(curve, metric, shown, width);
    });
    return redraw;
  }

  return { start };
})();
