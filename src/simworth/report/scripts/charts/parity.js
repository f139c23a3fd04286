/* Predictions of held-out materials against their measured values, or what they are off by; each point has its name. */
simworth.charts.parity = (() => {
  function plot(panel, unit, fill, domain, residuals, width) {
    const text = simworth.language.text;
    const s = simworth.say[simworth.language.now()];
    const data = panel.names.map((name, i) => {
      const [measured, predicted] = [panel.measured[i], panel.predicted[i]];
      return { name, measured, predicted, off: predicted - measured, y: residuals ? predicted - measured : predicted };
    });
    const side = Math.min(width, 440);
    const label = (key) => text(`chart.${key}`) + (unit && unit !== "1" ? ` (${unit})` : "");
    const svg = Plot.plot({
      width: side,
      height: side - 20,
      marginLeft: 58,
      marginTop: 30,
      marginBottom: 40,
      style: simworth.charts.frame.STYLE,
      x: { domain: domain.x, label: null, ticks: 5, grid: true },
      y: { domain: residuals ? domain.off : domain.x, label: null, ticks: 6, grid: true },
      marks: [
        residuals ? Plot.ruleY([0], { stroke: "var(--muted)" }) : Plot.line([domain.x, domain.x].map((d, i) => [d[i], d[i]]), { stroke: "var(--muted)" }),
        Plot.dot(data, { x: "measured", y: "y", r: 3, fill, fillOpacity: Math.min(Math.max(12 / Math.sqrt(data.length), 0.2), 0.65) }),
        Plot.text([label(residuals ? "residual" : "predicted")], { frameAnchor: "top-left", dx: -50, dy: -22, fill: "var(--muted)" }),
        Plot.text([label("measured")], { frameAnchor: "bottom-right", dy: 36, fill: "var(--muted)" }),
      ],
    });
    const points = data.map((d) => ({
      x: d.measured,
      y: d.y,
      words: s.text("chart.material", {
        name: d.name,
        measured: s.error(d.measured, unit),
        predicted: s.error(d.predicted, unit),
        off: s.error(d.off, unit),
      }),
    }));
    const mean = data.reduce((sum, d) => sum + Math.abs(d.off), 0) / data.length;
    const alt = s.text("chart.parity", { title: simworth.language.pick(panel.title), count: s.count(panel.all), error: s.error(mean, unit) });
    return { svg, points: simworth.charts.frame.placed(svg, points), alt };
  }

  function wider(values) {
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const space = 0.04 * (high - low || 1);
    return [low - space, high + space];
  }

  function start(figure, panels, unit) {
    if (!panels.length) return;
    const all = panels.flatMap((p) => [...p.measured, ...p.predicted]);
    const domain = { x: wider(all), off: wider(panels.flatMap((p) => p.predicted.map((v, i) => v - p.measured[i]))) };
    const frames = [];
    const on = simworth.charts.frame.switches(figure, [["chart.residuals", false]], () => frames.forEach((f) => f.redraw()));
    panels.forEach((panel) => {
      const draw = (width) => plot(panel, unit, `var(--${panel.role})`, domain, on("chart.residuals"), width);
      frames.push(simworth.charts.frame.frame(figure, draw, panel.title));
    });
  }

  return { start };
})();
