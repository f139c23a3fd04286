/* A law from its stored draws: what simworth.inference.law.Law does, as far as the page asks. */
simworth.law = (() => {
  const { forms, slopes, quantiles } = simworth;
  const HUGE = 690;

  class Law {
    /* `written`, of simworth.report.data.law_data: `which` says for each draw the place of its form in `names`. */
    constructor(written) {
      Object.assign(this, written);
      this.count = written.which.length;
      this.departures = Object.fromEntries(
        Object.entries(written.departures).map(([k, v]) => [k, v || new Float64Array(this.count)]),
      );
      const which = Array.from(written.which, Number);
      this.parts = written.names.map((name, place) => ({
        form: (written.joint ? forms.joint : forms.single)[name],
        slope: slopes[name],
        rows: Int32Array.from(which.flatMap((w, i) => (w === place ? [i] : []))),
        parameters: written.forms[name],
      }));
      this.largest = Math.max(...written.n);
      this.mostExperiments = Math.max(...written.m);
      this.topMean = Math.max(...written.mean.map(Math.abs));
    }

    /* One number a draw: `one(part, place in the part, draw)`. */
    each(one) {
      const out = new Float64Array(this.count);
      for (const part of this.parts) {
        for (let i = 0; i < part.rows.length; i += 1) out[part.rows[i]] = one(part, i, part.rows[i]);
      }
      return out;
    }

    /* The error in each draw at n (and m for a joint law). */
    curve(n, m = 0) {
      return this.each((part, i) => part.form.value(n, m, part.parameters, i));
    }

    limit(m = 0) {
      return this.each((part, i) => part.form.limit(m, part.parameters, i));
    }

    /* [by n, by m] of a joint law, each one number a draw. */
    slopes(n, m) {
      return [0, 1].map((which) => this.each((part, i) => part.slope(n, m, part.parameters, i)[which]));
    }

    /* Whether the error falls with n, in each draw. */
    get falls() {
      const m = this.joint ? this.mostExperiments : 0;
      const first = this.curve(Math.min(...this.n), m);
      return Array.from(this.limit(m), (limit, i) => first[i] > limit * (1 + 1e-9));
    }

    /* The least n at which each draw is at or below an error; by halving, as the Python code does. */
    needed(error, m = 0) {
      return this.each((part, i) => {
        const at = (logN) => part.form.value(Math.exp(logN), m, part.parameters, i);
        if (at(0) <= error) return 1;
        if (!(at(HUGE) <= error)) return Infinity;
        let [low, high] = [0, HUGE];
        for (let step = 0; step < 60; step += 1) {
          const middle = 0.5 * (low + high);
          if (at(middle) <= error) high = middle;
          else low = middle;
        }
        return Math.exp(high);
      });
    }

    /* One error a draw at n, with what the true curve may depart from the form by. */
    predicted(n) {
      const centre = this.curve(n);
      const t = Math.max(Math.log(n / this.anchor), 0);
      const { discrepancy, wander, bend } = this.departures;
      const scores = simworth.data.scores[this.count];
      return centre.map((value, i) => {
        const drifted = Math.sqrt(wander[i] ** 2 * t + (bend[i] ** 2 * t ** 3) / 3);
        return value + (Math.hypot(discrepancy[i], drifted) * Math.abs(value) + 1e-12 * this.topMean) * scores[i];
      });
    }

    /* Median and interval of the error at n. */
    predict(n) {
      const values = quantiles.sorted(this.predicted(n));
      const half = 0.5 * (1 - this.level);
      const at = (q) => Math.max(quantiles.linear(values, q), 0);
      return { median: at(0.5), low: at(half), high: at(1 - half) };
    }
  }

  return { read: (written) => new Law(written) };
})();
