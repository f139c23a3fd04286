/* Computed against measured values of the materials in both tables. */
simworth.charts.agreement = (() => {
  function plot(panel, unit, width) {
    const text = simworth.language.text;
    const s = simworth.say[simworth.language.now()];
    const data = panel.names.map((name, i) => ({ name, computed: panel.computed[i], measured: panel.measured[i] }));
    const values = data.flatMap((d) => [d.computed, d.measured]);
    const range = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    const alike = Boolean(panel.unit); /* two values of one quantity: they may lie on the diagonal */
    const side = Math.min(width, 440);
    const label = (key, of) => text(`chart.${key}`) + (of && of !== "1" ? ` (${of})` : "");
    const domain = alike ? { domain: range, nice: true } : { nice: true };
    const svg = Plot.plot({
      width: side,
      height: side - 20,
      marginLeft: 58,
      marginTop: 30,
      marginBottom: 40,
      style: simworth.charts.frame.STYLE,
      x: { ...domain, label: null, ticks: 5, grid: true },
      y: { ...domain, label: null, ticks: 6, grid: true },
      marks: [
        ...(alike ? [Plot.line([[range[0], range[0]], [range[1], range[1]]], { stroke: "var(--muted)" })] : []),
        Plot.dot(data, { x: "computed", y: "measured", r: 3, fill: "var(--level)", fillOpacity: Math.min(Math.max(12 / Math.sqrt(data.length), 0.2), 0.65) }),
        Plot.text([label("measured", unit)], { frameAnchor: "top-left", dx: -50, dy: -22, fill: "var(--muted)" }),
        Plot.text([label("computed", panel.unit)], { frameAnchor: "bottom-right", dy: 36, fill: "var(--muted)" }),
      ],
    });
    const points = data.map((d) => ({
      x: d.computed,
      y: d.measured,
      words: s.text("chart.compared", { name: d.name, measured: s.error(d.measured, unit), computed: s.error(d.computed, panel.unit) }),
    }));
    const alt = s.text("chart.agreement", { title: simworth.language.pick(panel.title), count: s.count(panel.all) });
    return { svg, points: simworth.charts.frame.placed(svg, points), alt };
  }

  function start(figure, panels, unit) {
    panels.forEach((panel) => simworth.charts.frame.frame(figure, (width) => plot(panel, unit, width), panel.title));
  }

  return { start };
})();
