/* Python's formats of numbers: exact, and halves to the even digit. */
simworth.digits = (() => {
  const MORE = 60; /* places beyond those kept, which decide the rounding */

  /* Digits `kept`, a string, followed by the digits `rest`: rounded to an integer. */
  function rounded(kept, rest) {
    const number = BigInt(kept || "0");
    const half = "5".padEnd(rest.length, "0");
    return rest > half || (rest === half && number % 2n === 1n) ? number + 1n : number;
  }

  const minus = (x) => (x < 0 || Object.is(x, -0) ? "-" : "");

  /* f"{x:.{places}f}" */
  function fixed(x, places) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : `${minus(x)}inf`;
    if (Math.abs(x) >= 1e21) return `${BigInt(x)}${places ? "." + "0".repeat(places) : ""}`;
    const [whole, part] = Math.abs(x).toFixed(places + MORE).split(".");
    const digits = rounded(whole + part.slice(0, places), part.slice(places)).toString().padStart(places + 1, "0");
    const point = digits.length - places;
    return minus(x) + digits.slice(0, point) + (places ? "." + digits.slice(point) : "");
  }

  /* f"{x:.{count}g}" */
  function general(x, count) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : `${minus(x)}inf`;
    if (x === 0) return `${minus(x)}0`;
    const [mantissa, power] = Math.abs(x).toExponential(MORE).split("e");
    const all = mantissa.replace(".", "");
    let text = rounded(all.slice(0, count), all.slice(count)).toString();
    const exponent = Number(power) + (text.length - count);
    text = text.slice(0, count);
    const bare = text.replace(/0+$/, "");
    if (exponent < -4 || exponent >= count) {
      const tail = bare.length > 1 ? `.${bare.slice(1)}` : "";
      return `${minus(x)}${bare[0]}${tail}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    }
    if (exponent < 0) return `${minus(x)}0.${"0".repeat(-exponent - 1)}${bare}`;
    const tail = bare.slice(exponent + 1);
    return minus(x) + text.slice(0, exponent + 1) + (tail ? `.${tail}` : "");
  }

  /* f"{x:,.0f}" */
  const grouped = (x) => fixed(x, 0).replace(/\B(?=(\d{3})+$)/g, ",");

  return { fixed, general, grouped };
})();
