/* Derivatives of the joint forms by n and by m: the `gradient` of simworth.laws, as far as questions need it. */
simworth.slopes = (() => {
  const { log, logaddexp } = simworth.forms;

  function product(n, m, p, i) {
    return shifted(n, m, p, i, 0);
  }

  function shifted(n, m, p, i, m0) {
    const byN = n ** -p.alpha[i];
    const byM = (m + m0) ** -p.beta[i];
    const inner = p.A[i] * byN + p.B[i];
    return [((-p.alpha[i] * p.A[i] * byN) / n) * byM, (-p.beta[i] * inner * byM) / (m + m0)];
  }

  function additive(n, m, p, i) {
    return [
      (-p.alpha[i] * p.A[i] * n ** -p.alpha[i]) / n,
      (-p.beta[i] * p.B[i] * m ** -p.beta[i]) / m,
    ];
  }

  function effective(n, m, p, i) {
    const data = logaddexp(log(m), log(p.k[i]) + p.gamma[i] * log(n));
    const fall = Math.exp(-p.beta[i] * data);
    const share = Math.exp(log(p.k[i]) + p.gamma[i] * Math.log(n) - data);
    return [
      (-p.beta[i] * p.D[i] * fall * share * p.gamma[i]) / n,
      -p.beta[i] * p.D[i] * Math.exp(-(1 + p.beta[i]) * data),
    ];
  }

  return { product, product_shifted: (n, m, p, i) => shifted(n, m, p, i, p.m0[i]), effective, additive };
})();
