/* Simulations and experiments: lines of equal error, the target error, and what a budget can buy. */
simworth.charts.plane = (() => {
  const [COLUMNS, ROWS, LEVELS] = [36, 26, 9];
  const cache = new WeakMap();

  const powers = (low, high) => [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) - 1e-9)];

  function domains(law, ways) {
    const [ns, ms] = [ways.map((w) => w.n), ways.map((w) => w.m)];
    return {
      x: [Math.min(...law.n) / 1.2, powers(1, Math.max(4 * law.largest, ...ns))[1]],
      y: [Math.min(...law.m) / 1.2, powers(1, Math.max(4 * law.mostExperiments, ...ms))[1]],
    };
  }

  const step = (domain, count, i) => domain[0] * (domain[1] / domain[0]) ** (i / (count - 1));

  /* The expected error on a grid of the domain; kept while the domain stays. */
  function grid(law, domain) {
    const key = JSON.stringify(domain);
    const kept = cache.get(law);
    if (kept?.key === key) return kept;
    const values = Array.from({ length: ROWS }, (_, r) =>
      Array.from({ length: COLUMNS }, (_, c) => {
        const errors = law.curve(step(domain.x, COLUMNS, c), step(domain.y, ROWS, r));
        return errors.reduce((sum, v) => sum + v, 0) / errors.length;
      }),
    );
    const found = { key, values, domain };
    cache.set(law, found);
    return found;
  }

  /* The grid between its points. */
  function read({ values, domain }, n, m) {
    const place = (v, d, count) => Math.min(Math.max((Math.log(v / d[0]) / Math.log(d[1] / d[0])) * (count - 1), 0), count - 1 - 1e-9);
    const [c, r] = [place(n, domain.x, COLUMNS), place(m, domain.y, ROWS)];
    const [i, j, s, t] = [Math.floor(c), Math.floor(r), c % 1, r % 1];
    const along = (row) => values[row][i] * (1 - s) + values[row][i + 1] * s;
    return along(j) * (1 - t) + along(j + 1) * t;
  }

  /* Levels in equal steps of the logarithm, and where each leaves the grid on the right. */
  function levels({ values, domain }) {
    const all = values.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const found = Array.from({ length: LEVELS }, (_, k) => low * (high / low) ** ((k + 0.5) / LEVELS));
    const right = values.map((row) => row[COLUMNS - 1]);
    const labels = found.flatMap((v) => {
      const r = right.findIndex((e) => e <= v);
      return r > 0 ? [{ v, n: domain.x[1], m: step(domain.y, ROWS, r - (v - right[r]) / (right[r - 1] - right[r])) }] : [];
    });
    return { found, labels };
  }

  function plot(view, width) {
    const { law, unit, points: measured, target, budget } = view();
    const text = simworth.language.text;
    const s = simworth.say[simworth.language.now()];
    const ways = budget?.ways ?? [];
    const domain = domains(law, ways);
    const known = grid(law, domain);
    const { found, labels } = levels(known);
    const best = budget?.expected?.n === undefined ? [] : [budget.expected];
    const flat = best.length ? ways.filter((w) => w.share >= best[0].flat_low && w.share <= best[0].flat_high) : [];
    const line = along(law, domain, target);
    const present = { n: law.largest, m: law.mostExperiments };
    const path = { x: "n", y: "m", clip: true };
    const svg = Plot.plot({
      width,
      height: Math.round(Math.min(Math.max(0.7 * width, 300), 430)),
      marginLeft: 58,
      marginTop: 30,
      marginRight: 48,
      marginBottom: 40,
      style: simworth.charts.frame.STYLE,
      x: { type: "log", domain: domain.x, label: null },
      y: { type: "log", domain: domain.y, label: null },
      marks: [
        Plot.axisX({ ticks: 4, tickFormat: simworth.charts.frame.short }),
        Plot.axisY({ ticks: 4, tickFormat: simworth.charts.frame.short }),
        Plot.contour({ x1: domain.x[0], x2: domain.x[1], y1: domain.y[0], y2: domain.y[1], fill: (n, m) => -read(known, n, m), thresholds: found.map((v) => -v).reverse(), pixelSize: 6, stroke: "none", clip: true }),
        Plot.areaY(line, { x: "n", y1: "low", y2: "high", fill: "var(--good)", fillOpacity: 0.18, clip: true }),
        Plot.line(line, { ...path, y: "median", stroke: "var(--good)", strokeWidth: 2.4 }),
        Plot.line(ways, { ...path, stroke: "var(--ink)", strokeDasharray: "5 3", strokeWidth: 1.4 }),
        Plot.line(flat, { ...path, stroke: "var(--ink)", strokeWidth: 3.5, strokeOpacity: 0.55 }),
        Plot.dot(measured, { x: "n", y: "m", r: 2.6, fill: "var(--muted)" }),
        Plot.dot([present], { x: "n", y: "m", r: 5.5, fill: "var(--transfer)", stroke: "var(--paper)" }),
        Plot.dot(best, { x: "n", y: "m", symbol: "star", r: 7, fill: "var(--ink)", stroke: "var(--paper)" }),
        Plot.text(labels, { x: "n", y: "m", text: (d) => s.error(d.v), dx: 4, textAnchor: "start", fill: "var(--muted)", fontSize: 11 }),
        Plot.text([text("chart.m")], { frameAnchor: "top-left", dx: -50, dy: -22, fill: "var(--muted)" }),
        Plot.text([text("chart.n")], { frameAnchor: "bottom-right", dy: 36, fill: "var(--muted)" }),
      ],
      color: { type: "linear", range: [0, 1], interpolate: (a, b) => (t) => `color-mix(in srgb, var(--transfer) ${Math.round(100 * (0.04 + 0.42 * (a + (b - a) * t)))}%, var(--ground))` },
    });
    const said = (p, key = "chart.point") => s.text(key, { n: s.count(p.n), m: s.count(p.m), error: s.error(read(known, p.n, p.m), unit), share: s.percent(p.share ?? 0) });
    const points = [
      ...measured.map((p) => ({ x: p.n, y: p.m, words: s.text("chart.point", { n: s.count(p.n), m: s.count(p.m), error: s.error(p.mean, unit) }) })),
      ...ways.filter((_, i) => i % Math.ceil(ways.length / 40) === 0).map((w) => ({ x: w.n, y: w.m, words: s.text("chart.split", { share: s.percent(w.share), n: s.count(w.n), m: s.count(w.m), error: s.error(w.mean, unit) }) })),
      ...best.map((b) => ({ x: b.n, y: b.m, words: `${text("chart.best_split")}: ${said(b)}` })),
    ];
    const alt = [`${text("chart.present")}: ${said(present)}`, ...best.map((b) => `${text("chart.best_split")}: ${said(b)}`)].join("; ");
    return { svg, points: simworth.charts.frame.placed(svg, points), alt };
  }

  /* The line of the target error, where any number of experiments in the drawing reaches it. */
  function along(law, domain, target) {
    if (!target) return [];
    const sizes = Array.from({ length: 25 }, (_, i) => step(domain.x, 25, i));
    const end = 10 * domain.y[1];
    return simworth.questions.isoline.along(law, sizes, target).map((p) => ({
      n: p.n,
      low: Math.min(p.low, end),
      high: Math.min(p.high, end),
      median: Number.isFinite(p.median) ? p.median : NaN,
    }));
  }

  function start(figure, view) {
    return simworth.charts.frame.frame(figure, (width) => plot(view, width)).redraw;
  }

  return { start };
})();
