/* Expected error against the share of the budget that goes to experiments. */
simworth.charts.split = (() => {
  function plot(view, width) {
    const { budget, unit } = view();
    const text = simworth.language.text;
    const s = simworth.say[simworth.language.now()];
    const { ways, expected: best } = budget;
    const flat = [{ from: best.flat_low, to: best.flat_high }];
    const at = ways.find((w) => w.share === best.share);
    const svg = Plot.plot({
      width,
      height: Math.round(Math.min(Math.max(0.7 * width, 300), 430)),
      marginLeft: 58,
      marginTop: 30,
      marginBottom: 40,
      style: simworth.charts.frame.STYLE,
      x: { domain: [0, 1], label: null, tickFormat: (v) => s.percent(v), ticks: 5 },
      y: { label: null, grid: true, nice: true, tickFormat: "~r" },
      marks: [
        Plot.rectX(flat, { x1: "from", x2: "to", fill: "var(--good)", fillOpacity: 0.16 }),
        Plot.line(ways, { x: "share", y: "mean", stroke: "var(--transfer)", strokeWidth: 2 }),
        Plot.dot([at], { x: "share", y: "mean", symbol: "star", r: 7, fill: "var(--ink)", stroke: "var(--paper)" }),
        Plot.text([text("chart.error") + (unit && unit !== "1" ? ` (${unit})` : "")], { frameAnchor: "top-left", dx: -50, dy: -22, fill: "var(--muted)" }),
        Plot.text([text("chart.share")], { frameAnchor: "bottom-right", dy: 36, fill: "var(--muted)" }),
      ],
    });
    const said = (w) => s.text("chart.split", { share: s.percent(w.share), n: s.count(w.n), m: s.count(w.m), error: s.error(w.mean, unit) });
    const points = ways.filter((w, i) => w === at || i % Math.ceil(ways.length / 60) === 0).map((w) => ({ x: w.share, y: w.mean, words: said(w) }));
    return { svg, points: simworth.charts.frame.placed(svg, points), alt: `${text("chart.best_split")}: ${said(at)}` };
  }

  function start(figure, view) {
    return simworth.charts.frame.frame(figure, (width) => plot(view, width)).redraw;
  }

  return { start };
})();
