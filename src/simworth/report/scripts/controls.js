/* A number with a slider: the field is the truth, the slider moves it. */
simworth.controls = (() => {
  const DIGITS = 3;

  const tidy = (value) => Number(value.toPrecision(DIGITS));

  /* `scale`: {low, high, log}; `check(number)` gives the key of a complaint, or nothing. An empty field is null. */
  function control(element, scale, check, changed) {
    const [field, slider] = [element.querySelector("input[type=number]"), element.querySelector("input[type=range]")];
    const problem = element.querySelector(".problem");
    const to = scale.log ? Math.log10 : (v) => v;
    const from = scale.log ? (v) => 10 ** v : (v) => v;
    slider.min = to(scale.low);
    slider.max = to(scale.high);
    slider.step = (slider.max - slider.min) / 200;
    let value = null;

    function place() {
      slider.value = value === null ? (Number(slider.min) + Number(slider.max)) / 2 : to(value);
      slider.classList.toggle("unset", value === null && field.value === "");
      slider.setAttribute("aria-valuetext", field.value || "–");
    }

    function complain(key) {
      problem.hidden = !key;
      field.setAttribute("aria-invalid", String(Boolean(key)));
      if (key) simworth.language.fill(problem, simworth.say.both((s) => s.text(key)));
      else problem.replaceChildren();
    }

    field.addEventListener("input", () => {
      const typed = field.value.trim() === "" && !field.validity.badInput ? null : field.valueAsNumber;
      const wrong = typed === null ? null : !(typed > 0) || !Number.isFinite(typed) ? "planner.ask_positive" : check(typed);
      complain(wrong);
      if (wrong) return;
      value = typed;
      place();
      changed();
    });
    slider.addEventListener("input", () => {
      value = tidy(from(Number(slider.value)));
      field.value = value;
      complain(null);
      place();
      changed();
    });

    return {
      get: () => value,
      /* `shown` is what the field says where the value itself is not given. */
      set(next, shown = null) {
        value = next;
        field.value = next === null ? "" : next;
        field.placeholder = shown === null ? "" : simworth.digits.general(shown, DIGITS);
        complain(null);
        place();
        if (next === null && shown !== null) slider.value = to(shown);
      },
      rescale(low, high) {
        slider.min = to(low);
        slider.max = to(high);
        slider.step = (slider.max - slider.min) / 200;
      },
    };
  }

  return { control };
})();
