/* The frame of a drawing: it fits its column, and says the value of a point that is pointed at or stepped to. */
simworth.charts.frame = (() => {
  const NEAR = 40; /* pixels within which a point is meant */

  const make = (tag, name, parent) => {
    const found = document.createElement(tag);
    found.className = name;
    parent.append(found);
    return found;
  };

  /* The place in a figure where live drawings stand. */
  function room(figure) {
    const there = figure.querySelector(".live");
    if (there) return there;
    const live = make("div", "live", figure);
    figure.querySelector("figcaption")?.before(live);
    figure.classList.add("lives");
    figure.hidden = false;
    return live;
  }

  /* `draw(width)` gives {svg, points: [{x, y, words}], alt}; x and y in pixels. */
  function frame(figure, draw, title = null) {
    const whole = make("div", "chart", room(figure));
    const heading = title ? make("p", "panel", whole) : null;
    const canvas = make("div", "canvas", whole);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const readout = make("p", "readout", whole);
    readout.setAttribute("aria-live", "polite");
    const state = { points: [], at: -1, width: 0 };

    function redraw() {
      const width = Math.round(canvas.clientWidth);
      if (!width) return;
      const found = draw(width);
      Object.assign(state, { points: found.points, at: -1, width });
      canvas.replaceChildren(quiet(found.svg));
      canvas.setAttribute("aria-label", found.alt);
      if (heading) heading.textContent = simworth.language.pick(title);
      readout.textContent = simworth.language.text("chart.hint");
    }

    function show(index) {
      state.at = index;
      canvas.querySelector(".marked")?.remove();
      canvas.querySelector(".tip")?.remove();
      const point = state.points[index];
      if (!point) return;
      const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      for (const [k, v] of Object.entries({ class: "marked", cx: point.x, cy: point.y, r: 7 })) ring.setAttribute(k, v);
      canvas.querySelector("svg").append(ring);
      const tip = make("div", "tip", canvas);
      tip.textContent = point.words;
      const left = Math.min(Math.max(point.x - tip.offsetWidth / 2, 0), Math.max(canvas.clientWidth - tip.offsetWidth, 0));
      const above = point.y - tip.offsetHeight - 12;
      tip.style.left = `${left}px`;
      tip.style.top = `${above < 0 ? point.y + 14 : above}px`;
      readout.textContent = point.words;
    }

    function nearest(event) {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let [best, least] = [-1, NEAR ** 2];
      state.points.forEach((p, i) => {
        const far = (p.x - x) ** 2 + (p.y - y) ** 2;
        if (far < least) [best, least] = [i, far];
      });
      return best;
    }

    canvas.addEventListener("pointermove", (event) => {
      const found = nearest(event);
      if (found !== state.at) show(found);
    });
    canvas.addEventListener("pointerleave", () => show(-1));
    canvas.addEventListener("blur", () => show(-1));
    canvas.addEventListener("keydown", (event) => {
      const last = state.points.length - 1;
      const to = {
        ArrowRight: Math.min(state.at + 1, last),
        ArrowLeft: Math.max(state.at - 1, 0),
        PageDown: Math.min(state.at + 20, last),
        PageUp: Math.max(state.at - 20, 0),
        Home: 0,
        End: last,
        Escape: -1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
    new ResizeObserver(() => {
      if (Math.round(canvas.clientWidth) !== state.width) redraw();
    }).observe(canvas);
    simworth.language.onChange(redraw);
    redraw();
    return { redraw, whole };
  }

  /* Switches above a drawing; `choices` are [key of words, on]; gives a function that tells whether one is on. */
  function switches(figure, choices, changed) {
    const row = make("div", "switches", room(figure));
    const boxes = Object.fromEntries(
      choices.map(([key, on]) => {
        const label = make("label", "", row);
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = on;
        box.addEventListener("change", changed);
        const words = document.createElement("span");
        simworth.language.fill(words, simworth.say.both((s) => s.text(key)));
        label.append(box, words);
        return [key, box];
      }),
    );
    return (key) => boxes[key].checked;
  }

  /* A drawing is told by its frame; its parts keep their names for style and tests, and are not read out. */
  function quiet(svg) {
    for (const part of svg.querySelectorAll("[aria-label]")) {
      part.dataset.mark = part.getAttribute("aria-label");
      part.removeAttribute("aria-label");
    }
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }

  const STYLE = { background: "none", color: "var(--muted)", fontFamily: "var(--sans)", fontSize: "12px", overflow: "visible" };

  /* A size on an axis: 300, 10,000, 2M. */
  const short = (n) => (n >= 1e6 ? `${simworth.digits.general(n / 1e6, 3)}M` : simworth.digits.grouped(n));

  /* Points in pixels, from left to right. */
  function placed(svg, points) {
    const [x, y] = [svg.scale("x"), svg.scale("y")];
    return points
      .map((p) => ({ x: x.apply(p.x), y: y.apply(p.y), words: p.words }))
      .filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y))
      .sort((a, b) => a.x - b.x || a.y - b.y);
  }

  return { frame, switches, placed, short, STYLE };
})();
