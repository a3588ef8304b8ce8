// Types from values and thresholds, to the last bit as the pipeline makes them. No page in here.

const types = (() => {
  // From here on every double is a whole number.
  const WHOLE = 2 ** 52;
  const UNKNOWN = 2;

  /** The nearest whole number, halves to the even one, as C's rint. */
  function rint(x) {
    if (x === 0 || !(Math.abs(x) < WHOLE)) return x;
    return x < 0 ? -(WHOLE - x - WHOLE) : x + WHOLE - WHOLE;
  }

  /** As numpy.round: times a power of ten, to the nearest whole number, divided again. */
  function round(x, decimals) {
    const power = Number(`1e${decimals}`);
    return rint(x * power) / power;
  }

  /** Each of an array of doubles rounded. */
  function rounded(values, decimals) {
    const out = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) out[i] = round(values[i], decimals);
    return out;
  }

  /** The threshold of each unit, rounded: one number, or one for each region; null is missing. */
  function thresholdOf(threshold, decimals) {
    const one = (x) => (x === null || x === undefined ? NaN : round(x, decimals));
    return Array.isArray(threshold) ? threshold.map(one) : one(threshold);
  }

  /** 1 yes, 0 no, 2 unknown: `values` (rounded) against `threshold` (rounded), see thresholdOf. */
  function holds(values, threshold, holdsIf, regions) {
    const out = new Uint8Array(values.length);
    const compare = {
      at_least: (a, b) => a >= b,
      at_most: (a, b) => a <= b,
      above: (a, b) => a > b,
      below: (a, b) => a < b,
    }[holdsIf];
    const each = Array.isArray(threshold);
    for (let i = 0; i < values.length; i += 1) {
      const a = values[i];
      const b = each ? threshold[regions[i]] : threshold;
      // Only NaN differs from itself.
      if (a !== a || b !== b) out[i] = UNKNOWN;
      else out[i] = compare(a, b) ? 1 : 0;
    }
    return out;
  }

  /** All or any of several answers: unknown where those that are known do not settle it. */
  function joined(parts, word) {
    const settled = word === "all_of" ? 0 : 1;
    const out = new Uint8Array(parts[0].length);
    for (let i = 0; i < out.length; i += 1) {
      let answer = 1 - settled;
      for (const part of parts) {
        if (part[i] === settled) {
          answer = settled;
          break;
        }
        if (part[i] === UNKNOWN) answer = UNKNOWN;
      }
      out[i] = answer;
    }
    return out;
  }

  /** The type of each unit from its three answers, by the pipeline's own truth table. */
  function typesOf(answers, table, out) {
    const [a, b, c] = answers;
    for (let i = 0; i < out.length; i += 1) out[i] = table[a[i] * 9 + b[i] * 3 + c[i]];
    return out;
  }

  /** How many units have each type. */
  function counts(of, kinds) {
    const found = new Array(kinds).fill(0);
    for (let i = 0; i < of.length; i += 1) found[of[i]] += 1;
    return found;
  }

  /** A number as the pipeline's tables write it: the fewest digits that give it back. */
  function cell(x) {
    if (Number.isNaN(x)) return "";
    if (Object.is(x, -0)) return "0";
    if (Number.isInteger(x) && Math.abs(x) < 2 ** 53) return String(x);
    const [digits, power] = x.toExponential().split("e");
    const exponent = Number(power);
    // Python writes a power of ten from 1e16 and below 1e-4.
    if (exponent >= 16 || exponent < -4) {
      return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    }
    // Beyond 2 ** 53 every number is whole, and still no count.
    return Number.isInteger(x) ? `${x}.0` : String(x);
  }

  /** A table as CSV as the pipeline writes it: quotes only where they are needed. */
  function csv(rows) {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
  }

  /** A number as YAML 1.1 and 1.2 read it: never an exponent without a point before it. */
  function yamlNumber(x) {
    const text = String(x);
    return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
  }

  /** A block of a configuration as YAML: blocks by indentation, texts in double quotes. */
  function yaml(value, indent = 0) {
    const lines = [];
    for (const [key, item] of Object.entries(value)) {
      const at = `${" ".repeat(indent)}${/^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key)}:`;
      if (item === null) lines.push(`${at} null`);
      else if (typeof item === "number") lines.push(`${at} ${yamlNumber(item)}`);
      else if (Array.isArray(item)) lines.push(`${at} [${item.map((x) => JSON.stringify(x)).join(", ")}]`);
      else if (typeof item === "object") lines.push(at, yaml(item, indent + 2));
      else lines.push(`${at} ${JSON.stringify(item)}`);
    }
    return lines.join("\n");
  }

  /** Text to search in: without accents and case, the letters that have no accent taken apart too. */
  const PLAIN = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ß: "ss", ı: "i" };
  function folded(text) {
    return text
      .toLowerCase()
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/[łøđðþæœßı]/g, (letter) => PLAIN[letter]);
  }

  /** A step for a slider over so wide a range: 1, 2 or 5 times a power of ten, about a thousandth. */
  function stepOf(width) {
    if (!(width > 0)) return 0.001;
    const power = 10 ** Math.floor(Math.log10(width / 1000));
    const rest = width / 1000 / power;
    return Number((power * (rest > 5 ? 10 : rest > 2 ? 5 : rest > 1 ? 2 : 1)).toPrecision(1));
  }

  /** A small fixed shift for units that share their value with many others, as in the figures. */
  function sideways(values) {
    const places = new Map();
    let low = Infinity;
    let high = -Infinity;
    let known = 0;
    for (const x of values) {
      if (x !== x) continue;
      known += 1;
      low = Math.min(low, x);
      high = Math.max(high, x);
      if (places.size * 4 <= values.length) places.set(x, 0);
    }
    const out = Float64Array.from(values);
    if (places.size < 2 || places.size * 4 > values.length || known === 0) return out;
    const width = (high - low) * 0.018;
    for (let i = 0; i < out.length; i += 1) {
      const x = values[i];
      if (x !== x) continue;
      const place = places.get(x);
      places.set(x, place + 1);
      // Golden-ratio steps fill the strip evenly whatever the number of units.
      out[i] = x + (((place * 0.6180339887498949) % 1) - 0.5) * 2 * width;
    }
    return out;
  }

  return {
    UNKNOWN, rint, round, rounded, thresholdOf, holds, joined, typesOf, counts,
    cell, csv, yaml, folded, stepOf, sideways,
  };
})();
