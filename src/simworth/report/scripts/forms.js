/* The forms of simworth.laws: the error of draw i at n (and m), and what it falls to as n grows without end. */
simworth.forms = (() => {
  const log = (x) => (x > 0 ? Math.log(x) : -Infinity);

  /* log(e^x + e^y) without overflow. */
  function logaddexp(x, y) {
    if (x === y) return x + Math.LN2;
    return x > y ? x + Math.log1p(Math.exp(y - x)) : y + Math.log1p(Math.exp(x - y));
  }

  const fraction = (x) => Math.exp(-logaddexp(0, -x));
  const SHARPNESS = 0.5;

  function broken(n, p, i) {
    const past = logaddexp(0, (Math.log(n) - Math.log(p.b[i])) / SHARPNESS);
    return -p.alpha[i] * Math.log(n) - SHARPNESS * p.delta[i] * past;
  }

  const toC = (m, p, i) => p.C[i];
  const single = {
    power: { value: (n, m, p, i) => p.D[i] * n ** -p.alpha[i] + p.C[i], limit: toC },
    shifted: { value: (n, m, p, i) => p.D[i] * Math.exp(-p.alpha[i] * Math.log(n + p.s[i])) + p.C[i], limit: toC },
    bounded: {
      value: (n, m, p, i) => p.C[i] + (p.I[i] - p.C[i]) * fraction(-p.alpha[i] * (log(n) - Math.log(p.n0[i]))),
      limit: toC,
    },
    broken: { value: (n, m, p, i) => p.D[i] * Math.exp(broken(n, p, i)) + p.C[i], limit: toC },
    exponential: { value: (n, m, p, i) => p.D[i] * Math.exp(-(n / p.tau[i])) + p.C[i], limit: toC },
    flat: { value: (n, m, p, i) => p.C[i], limit: toC },
  };

  const data = (n, m, p, i) => logaddexp(log(m), log(p.k[i]) + p.gamma[i] * log(n));
  const joint = {
    product: {
      value: (n, m, p, i) => (p.A[i] * n ** -p.alpha[i] + p.B[i]) * m ** -p.beta[i] + p.E[i],
      limit: (m, p, i) => p.B[i] * m ** -p.beta[i] + p.E[i],
    },
    product_shifted: {
      value: (n, m, p, i) => (p.A[i] * n ** -p.alpha[i] + p.B[i]) * (m + p.m0[i]) ** -p.beta[i] + p.E[i],
      limit: (m, p, i) => p.B[i] * (m + p.m0[i]) ** -p.beta[i] + p.E[i],
    },
    effective: {
      value: (n, m, p, i) => p.D[i] * Math.exp(-p.beta[i] * data(n, m, p, i)) + p.E[i],
      limit: (m, p, i) => (p.k[i] > 0 ? p.E[i] : p.D[i] * Math.exp(-p.beta[i] * Math.log(m)) + p.E[i]),
    },
    additive: {
      value: (n, m, p, i) => p.A[i] * n ** -p.alpha[i] + p.B[i] * m ** -p.beta[i] + p.E[i],
      limit: (m, p, i) => p.B[i] * m ** -p.beta[i] + p.E[i],
    },
  };

  return { single, joint, logaddexp, log };
})();
