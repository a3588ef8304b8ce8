// The page: reads the data, keeps table, charts, counts and panel at one state, and the address with it.

const app = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);
  const locale = document.documentElement.lang;
  const by = (id) => document.getElementById(id);
  const count = data.units.code.length;
  const decimals = data.decimals;
  const AXES = { x: 1, y: 2 };

  // --- Words and numbers -------------------------------------------------------------------------

  const formats = new Map();
  function number(x, digits = 0) {
    if (x === null || Number.isNaN(x)) return "–";
    if (!formats.has(digits)) {
      formats.set(digits, new Intl.NumberFormat(locale === "en" ? "en-GB" : locale, {
        minimumFractionDigits: digits, maximumFractionDigits: digits,
      }));
    }
    return formats.get(digits).format(x).replace("-", "−");
  }
  const signed = (x, digits) => (x > 0 && number(x, digits) !== number(0, digits) ? `+${number(x, digits)}` : number(x, digits));
  function say(text, values = {}) {
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  }
  const withUnit = (x, unit, digits = 2) => (unit ? `${number(x, digits)} ${unit}` : number(x, digits));

  function element(tag, text, name) {
    const made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  // --- Columns of numbers, taken out of their base64 when they are first asked for -----------------

  function bytes(text) {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) out[i] = raw.charCodeAt(i);
    return out.buffer;
  }
  const KINDS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array };
  const whole = (packed) => new KINDS[packed.kind](bytes(packed.data));
  const floats = (text) => new Float64Array(bytes(text));
  const kept = new Map();
  function keep(key, make) {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  }

  const regions = whole(data.units.region);
  const sizes = whole(data.units.size_class.at);
  const ranks = whole(data.units.name_rank);
  const before = whole(data.pipeline.type);
  const sure = data.robustness;
  const verdicts = sure ? whole(sure.verdict) : null;
  const probability = sure ? floats(sure.probability) : null;
  const NONE = new Float64Array(count).fill(NaN);

  const column = (at) => (at === null ? NONE : keep(`values ${at}`, () => floats(data.arrays[at])));
  const columnRounded = (at) =>
    at === null ? NONE : keep(`rounded ${at}`, () => types.rounded(column(at), decimals));

  // --- What is chosen, and what follows ----------------------------------------------------------

  let now = state.initial(data);
  let order = new Int32Array(0);
  let sorted = null;
  const current = new Uint8Array(count);
  const answers = data.criteria.map(() => null);
  const made = data.criteria.map(() => "");
  let pointed = null;

  const definitionOf = (at) => data.criteria[at].definitions[now.criteria[at].definition];
  /** The definition whose values stand for the criterion: itself, or the first of those it joins. */
  function simple(at) {
    const definition = definitionOf(at);
    return definition.joins ? data.criteria[at].definitions[definition.parts[0]] : definition;
  }
  const under = (definition) => definition.windows[now.window];

  /** The threshold of a definition as chosen: a number, one a region, or undefined. */
  function thresholdOf(at, definition) {
    const chosen = now.criteria[at];
    if (chosen.reference === state.NUMBER) return chosen.number;
    return under(definition).thresholds[chosen.reference];
  }
  function thresholdAt(at, definition, unit) {
    const threshold = thresholdOf(at, definition);
    const found = Array.isArray(threshold) ? threshold[regions[unit]] : threshold;
    return found === null || found === undefined ? NaN : found;
  }

  function answerOf(at, definition) {
    if (definition.joins) {
      const parts = definition.parts.map((part) => data.criteria[at].definitions[part]);
      const able = parts.every((part) => thresholdOf(at, part) !== undefined && under(part).values !== null);
      if (!able) return new Uint8Array(count).fill(types.UNKNOWN);
      return types.joined(parts.map((part) => answerOf(at, part)), definition.joins);
    }
    const threshold = types.thresholdOf(thresholdOf(at, definition), decimals);
    return types.holds(columnRounded(under(definition).values), threshold, definition.holds_if, regions);
  }

  /** Make every type anew; a criterion whose choice is as before keeps its answers. */
  function recompute() {
    data.criteria.forEach((criterion, at) => {
      const key = JSON.stringify([now.window, now.criteria[at]]);
      if (made[at] === key) return;
      answers[at] = answerOf(at, definitionOf(at));
      made[at] = key;
    });
    types.typesOf(answers, data.type_of_answers, current);
  }

  // --- Which units are shown, in which order -----------------------------------------------------

  const searched = () =>
    keep("searched", () => data.units.name.map((name, unit) => types.folded(`${name} ${data.units.code[unit]}`)));

  const keys = {
    code: () => null,
    name: () => ranks,
    region: () => regions,
    size: () => sizes,
    type: () => current,
    pipeline: () => before,
    sf: () => valuesOf(0),
    varun: () => valuesOf(1),
    varni: () => valuesOf(2),
    verdict: () => verdicts,
    probability: () => probability,
  };
  function valuesOf(at) {
    return definitionOf(at).joins ? NONE : column(under(definitionOf(at)).values);
  }

  /** All units by the column chosen; equal ones by code, missing values last. */
  function sort() {
    const values = (keys[now.sort] || keys.code)();
    const sign = now.descending ? -1 : 1;
    const key = `${now.sort} ${sign}`;
    if (sorted && sorted.key === key && sorted.values === values && now.sort !== "type") return;
    const out = new Int32Array(count);
    if (values === null || values === undefined) {
      for (let i = 0; i < count; i += 1) out[i] = now.descending ? count - 1 - i : i;
    } else if (values instanceof Uint8Array) {
      // Few different values: as many boxes.
      const starts = new Int32Array(257);
      for (let i = 0; i < count; i += 1) starts[(now.descending ? 255 - values[i] : values[i]) + 1] += 1;
      for (let k = 0; k < 256; k += 1) starts[k + 1] += starts[k];
      for (let i = 0; i < count; i += 1) {
        const box = now.descending ? 255 - values[i] : values[i];
        out[starts[box]] = i;
        starts[box] += 1;
      }
    } else {
      for (let i = 0; i < count; i += 1) out[i] = i;
      out.sort((a, b) => {
        const [x, y] = [values[a], values[b]];
        if (x !== x || y !== y) return x === x ? -1 : y === y ? 1 : a - b;
        return x === y ? a - b : sign * (x < y ? -1 : 1);
      });
    }
    sorted = { key, values, order: out };
  }

  function filter() {
    const set = (chosen, kinds) => {
      const out = new Uint8Array(kinds).fill(chosen.length ? 0 : 1);
      for (const at of chosen) out[at] = 1;
      return out;
    };
    const byType = set(now.types, data.types.length);
    const byRegion = set(now.regions, data.regions.length);
    const bySize = set(now.sizes, data.units.size_class.words.length);
    const byVerdict = sure ? set(now.verdicts, sure.verdicts.length) : null;
    const wanted = types.folded(now.search.trim());
    const texts = wanted ? searched() : null;
    const out = new Int32Array(count);
    let found = 0;
    for (const unit of sorted.order) {
      if (!byType[current[unit]] || !byRegion[regions[unit]] || !bySize[sizes[unit]]) continue;
      if (byVerdict && !byVerdict[verdicts[unit]]) continue;
      if (now.changed && current[unit] === before[unit]) continue;
      if (texts && !texts[unit].includes(wanted)) continue;
      out[found] = unit;
      found += 1;
    }
    order = out.subarray(0, found);
  }

  // --- The table ---------------------------------------------------------------------------------

  function badge(type) {
    const made = element("span", data.types[type].label, `type type-${data.types[type].key}`);
    return made;
  }
  function fillType(cell, type, other) {
    if (cell.type === type && cell.other === other) return;
    cell.type = type;
    cell.other = other;
    cell.replaceChildren(badge(type));
    if (other) cell.append(element("span", words.changed, "changed"));
  }
  const text = (of) => (cell, unit) => {
    cell.textContent = of(unit);
  };
  const columns = [
    { key: "name", label: words.name, kind: "text", width: 12, fill: text((unit) => data.units.name[unit]) },
    { key: "code", label: words.code, kind: "text", width: 5.5, fill: text((unit) => data.units.code[unit]) },
    { key: "region", label: words.region, kind: "text", width: 11, fill: text((unit) => data.regions[regions[unit]].name) },
    { key: "size", label: words.size_class, kind: "text", width: 10, fill: text((unit) => data.units.size_class.words[sizes[unit]]) },
    { key: "type", label: words.type_now, kind: "text", width: 12.5, fill: (cell, unit) => fillType(cell, current[unit], current[unit] !== before[unit]) },
    { key: "pipeline", label: words.type_pipeline, kind: "text", width: 8.5, fill: (cell, unit) => fillType(cell, before[unit], false) },
    ...["sf", "varun", "varni"].map((key, at) => ({
      key, label: key, kind: "number", width: 8.5, fill: text((unit) => number(valuesOf(at)[unit], 2)),
    })),
    ...(sure
      ? [
          { key: "verdict", label: words.verdict, kind: "text", width: 7.5, fill: text((unit) => sure.verdicts[verdicts[unit]].label) },
          { key: "probability", label: words.probability, kind: "number", width: 8.5, fill: text((unit) => number(probability[unit] * 100, 1)) },
        ]
      : []),
  ];
  const grid = new table.Grid(
    by("grid"),
    columns,
    {
      sort: (key) => {
        if (now.sort === key) now.descending = !now.descending;
        else [now.sort, now.descending] = [key, false];
        commit("sorted");
      },
      open: (unit) => openPanel(unit),
      hover: (unit) => point(unit),
    },
    { empty: words.nothing_fits },
  );

  // --- The charts --------------------------------------------------------------------------------

  function describe(unit) {
    const lines = [`${data.units.name[unit]} (${data.units.code[unit]})`, say(words.type_is, { type: data.types[current[unit]].label })];
    if (current[unit] !== before[unit]) lines.push(say(words.pipeline_is, { type: data.types[before[unit]].label }));
    data.criteria.forEach((criterion, at) => {
      const definition = simple(at);
      lines.push(`${definition.label}: ${withUnit(column(under(definition).values)[unit], definition.unit)}`);
    });
    return lines;
  }
  const on = { open: (unit) => openPanel(unit), hover: (unit) => point(unit) };
  const scatter = new charts.Scatter(by("scatter"), data.types, on, describe);
  const map = data.outlines ? new charts.AreaMap(by("map"), data.outlines, data.types, on, describe) : null;

  function extent(values) {
    return keep(values, () => {
      let [low, high] = [Infinity, -Infinity];
      for (const x of values) {
        if (x < low) low = x;
        if (x > high) high = x;
      }
      return low > high ? [0, 1] : [low, high];
    });
  }
  function axisOf(at) {
    const definition = simple(at);
    const values = column(under(definition).values);
    const inverse = definition.holds_if === "at_most" || definition.holds_if === "below";
    const [low, high] = extent(values);
    const margin = (high - low) * 0.05 || 1;
    const label = definition.unit ? `${definition.label}, ${definition.unit}` : definition.label;
    return {
      values,
      label: inverse ? say(words.axis_reversed, { label }) : label,
      inverse,
      low: low - margin,
      high: high + margin,
      format: (x) => number(x, Math.abs(high - low) < 5 ? 1 : 0),
    };
  }
  const without = (at) => under(simple(at)).values === null;
  /** In the place of an axis without values: the units in the order of the other's values. */
  function orderAxis(at) {
    const values = column(under(simple(at)).values);
    const ranks = keep(`order ${under(simple(at)).values}`, () => {
      const known = Array.from(values.keys()).filter((unit) => values[unit] === values[unit]);
      known.sort((a, b) => values[a] - values[b] || a - b);
      const found = new Float64Array(count).fill(NaN);
      known.forEach((unit, rank) => { found[unit] = rank + 1; });
      return found;
    });
    return { values: ranks, label: words.in_order, inverse: false, low: 0, high: count + 1, format: (x) => number(x, 0) };
  }
  const alone = (at, other) => without(at) && !without(other);
  function axesDrawn() {
    const x = alone(AXES.x, AXES.y) ? orderAxis(AXES.y) : axisOf(AXES.x);
    const y = alone(AXES.y, AXES.x) ? orderAxis(AXES.x) : axisOf(AXES.y);
    return [x, y];
  }
  function drawCharts() {
    const [x, y] = axesDrawn();
    const spread = alone(AXES.x, AXES.y) ? x.values : keep(`sideways ${under(simple(AXES.x)).values}`, () => types.sideways(x.values));
    scatter.draw(spread, y.values, current, order, { x, y });
    drawRules();
    if (map) map.draw(current, order);
    sayCharts();
  }

  /** The lines of a criterion: its one threshold, or those of the few regions that are shown. */
  function rulesOf(at) {
    const threshold = thresholdOf(at, simple(at));
    if (!Array.isArray(threshold)) return threshold === null || threshold === undefined ? [] : [{ value: threshold }];
    const shown = now.regions.length ? now.regions : data.regions.map((region, place) => place);
    if (shown.length > 4) return [];
    return shown
      .filter((place) => threshold[place] !== null)
      .map((place) => ({ value: threshold[place], label: data.regions[place].name }));
  }
  function drawRules() {
    const drawn = (at) => (without(at) ? [] : rulesOf(at));
    scatter.rule({ x: drawn(AXES.x), y: drawn(AXES.y) });
  }

  function sayCharts() {
    const list = data.types
      .map((type, at) => `${type.label} ${number(countsShown()[at])}`)
      .join(", ");
    const named = (at, other) => (alone(at, other) ? words.in_order : simple(at).label);
    const [x, y] = [named(AXES.x, AXES.y), named(AXES.y, AXES.x)];
    by("scatter").querySelector(".canvas").setAttribute("aria-label", say(words.scatter_alt, { n: number(order.length), x, y, list }));
    if (map) by("map").querySelector(".canvas").setAttribute("aria-label", say(words.map_alt, { n: number(order.length), list }));
    const notes = [];
    for (const at of [AXES.x, AXES.y]) {
      const definition = simple(at);
      if (definitionOf(at).joins) notes.push(say(words.axis_of_joined, { criterion: data.criteria[at].label, label: definition.label }));
      if (Array.isArray(thresholdOf(at, definition)) && !rulesOf(at).length) {
        notes.push(say(words.lines_by_region, { criterion: data.criteria[at].label }));
      }
    }
    const across = under(simple(AXES.x)).values;
    for (const [at, other] of [[AXES.x, AXES.y], [AXES.y, AXES.x]]) {
      if (alone(at, other)) notes.push(say(words.no_axis, { label: simple(at).label }));
    }
    if (across !== null && kept.get(`sideways ${across}`).some((x_, unit) => x_ !== column(across)[unit] && x_ === x_)) {
      notes.push(words.spread);
    }
    by("scatter-note").textContent = notes.join(" ");
  }
  function countsShown() {
    const found = new Array(data.types.length).fill(0);
    for (const unit of order) found[current[unit]] += 1;
    return found;
  }

  function point(unit) {
    pointed = unit;
    grid.point(now.unit, pointed);
    scatter.point(now.unit, pointed);
    if (map) map.point(now.unit, pointed);
  }

  // --- The controls ------------------------------------------------------------------------------

  const controls = data.criteria.map((criterion) => {
    const field = by(criterion.key);
    const get = (name) => field.querySelector(`[data-is=${name}]`);
    return {
      definition: get("definition"), reference: get("reference"), slider: get("slider"),
      number: get("number"), unit: get("unit"), says: get("says"),
    };
  });

  function option(value, label, disabled = false) {
    const made = element("option", label);
    made.value = value;
    made.disabled = disabled;
    return made;
  }

  /** The numbers that a slider runs over: those of the values, in steps of about a thousandth. */
  function rangeOf(definition) {
    const [low, high] = extent(column(under(definition).values));
    const step = types.stepOf(high - low);
    const tidy = (x) => Number(x.toPrecision(12));
    return { low: tidy(Math.floor(low / step) * step), high: tidy(Math.ceil(high / step) * step), step };
  }

  function showControls() {
    by("window").value = String(now.window);
    data.criteria.forEach((criterion, at) => {
      const chosen = now.criteria[at];
      const definition = definitionOf(at);
      const first = simple(at);
      const control = controls[at];
      control.definition.value = String(chosen.definition);
      const joined = Boolean(definition.joins);
      const parts = joined ? definition.parts.map((part) => criterion.definitions[part]) : [definition];
      const options = definition.references.map((reference) => {
        const able = parts.every((part) => reference in under(part).thresholds);
        const label = data.references[reference];
        return option(reference, able ? label : say(words.not_available, { label }), !able && reference !== chosen.reference);
      });
      if (!joined) options.push(option(state.NUMBER, words.a_number));
      control.reference.replaceChildren(...options);
      control.reference.value = chosen.reference;
      const { low, high, step } = rangeOf(first);
      const threshold = thresholdOf(at, first);
      const one = Array.isArray(threshold) ? mean(threshold) : threshold;
      const able = !joined && under(first).values !== null;
      control.slider.disabled = !able;
      control.number.disabled = !able;
      Object.assign(control.slider, { min: low, max: high, step });
      control.number.step = "any";
      if (document.activeElement !== control.slider || chosen.reference !== state.NUMBER) {
        control.slider.value = one === null || one === undefined ? low : one;
      }
      if (document.activeElement !== control.number) {
        const single = one !== null && one !== undefined && !Array.isArray(threshold) && !joined;
        control.number.value = chosen.reference === state.NUMBER ? String(chosen.number) : single ? String(Number(one.toPrecision(6))) : "";
      }
      control.unit.textContent = joined ? "" : first.unit;
      control.slider.setAttribute("aria-valuetext", Array.isArray(threshold) ? words.one_for_each_region : withUnit(one ?? NaN, first.unit));
      control.says.replaceChildren(...sentences(at, parts).map((line) => element("span", line)));
    });
  }
  const mean = (list) => {
    const known = list.filter((x) => x !== null);
    return known.reduce((sum, x) => sum + x, 0) / known.length;
  };

  /** What a criterion asks at the moment, and what the data do not allow, in sentences. */
  function sentences(at, parts) {
    const chosen = now.criteria[at];
    const lines = [];
    if (parts.length > 1 || definitionOf(at).joins) lines.push(words.no_number_for_joined);
    for (const part of parts) {
      const here = under(part);
      const threshold = thresholdOf(at, part);
      if (here.values === null) {
        lines.push(say(words.no_values, { label: part.label, reason: here.why_not }));
        continue;
      }
      if (threshold === undefined) {
        lines.push(say(words.no_reference, { label: part.label, reference: data.references[chosen.reference], reason: here.lacking[chosen.reference] }));
        continue;
      }
      const shown = Array.isArray(threshold)
        ? threshold.map((x, place) => `${data.regions[place].name} ${number(x, 2)}`).slice(0, 4).join("; ") + (threshold.length > 4 ? "; …" : "")
        : number(threshold, 2);
      lines.push(say(words[part.holds_if], { label: part.label, threshold: part.unit ? `${shown} ${part.unit}` : shown }));
      lines.push(say(words.figures_of, { dates: here.dates, level: here.level }) + (here.substituted ? ` ${words.substituted}` : "") + (here.breaks.length ? ` ${say(words.breaks, { breaks: here.breaks.join("; ") })}` : ""));
    }
    return lines;
  }

  /** Boxes to tick for a filter. */
  function boxes(id, key, labels) {
    const field = by(id);
    if (!field) return;
    labels.forEach((label, at) => {
      const line = element("label");
      const box = element("input");
      box.type = "checkbox";
      box.value = String(at);
      box.addEventListener("change", () => {
        now[key] = [...field.querySelectorAll("input:checked")].map((each) => Number(each.value));
        commit("filtered");
      });
      line.append(box, " ", typeof label === "string" ? label : badge(at));
      field.append(line);
    });
  }
  boxes("filter-types", "types", data.types);
  boxes("filter-regions", "regions", data.regions.map((region) => region.name));
  boxes("filter-sizes", "sizes", data.units.size_class.words.map((word) => word || words.no_size_class));
  if (sure) boxes("filter-verdicts", "verdicts", sure.verdicts.map((verdict) => verdict.label));

  function showFilters() {
    for (const [id, key] of [["filter-types", "types"], ["filter-regions", "regions"], ["filter-sizes", "sizes"], ["filter-verdicts", "verdicts"]]) {
      const field = by(id);
      if (!field) continue;
      field.querySelectorAll("input").forEach((box) => {
        box.checked = now[key].includes(Number(box.value));
      });
      const all = field.querySelectorAll("input").length;
      field.querySelector("[data-is=chosen]").textContent = now[key].length ? say(words.n_of_all, { n: number(now[key].length), all: number(all) }) : words.all;
    }
    by("filter-changed").checked = now.changed;
    if (document.activeElement !== by("search")) by("search").value = now.search;
  }

  // --- Counts ------------------------------------------------------------------------------------

  const countRows = data.types.map((type, at) => {
    const row = element("tr");
    const head = element("th");
    head.scope = "row";
    const mark = by("marks").content.querySelector(`[data-marker="${type.marker}"]`).cloneNode(true);
    mark.style.setProperty("--fill", type.fill);
    head.append(mark, badge(at));
    const cells = [0, 1, 2].map(() => element("td", "", "number"));
    row.append(head, ...cells);
    by("counts-body").append(row);
    return cells;
  });
  const countsBefore = types.counts(before, data.types.length);

  function showCounts() {
    const found = types.counts(current, data.types.length);
    countRows.forEach((cells, at) => {
      cells[0].textContent = number(found[at]);
      cells[1].textContent = number(countsBefore[at]);
      cells[2].textContent = signed(found[at] - countsBefore[at], 0);
    });
    const untyped = found[found.length - 1] === count;
    by("answers").hidden = !untyped;
    by("answers").replaceChildren(
      ...data.criteria.map((criterion, at) => {
        const said = [0, 0, 0];
        for (const answer of answers[at]) said[answer] += 1;
        const [no, yes, unknown] = said.map((n) => number(n));
        return element("li", say(words.answers, { criterion: criterion.label, yes, no, unknown }));
      }),
    );
    const kinds = data.types.length;
    const moves = new Int32Array(kinds * kinds);
    const changed = [];
    for (let unit = 0; unit < count; unit += 1) {
      if (current[unit] === before[unit]) continue;
      moves[before[unit] * kinds + current[unit]] += 1;
      if (changed.length < 60) changed.push(unit);
    }
    const all = moves.reduce((sum, n) => sum + n, 0);
    by("changed-number").textContent = say(words.changed_number, { n: number(all), all: number(count) });
    by("moves").replaceChildren(
      ...[...moves.keys()].filter((at) => moves[at]).sort((a, b) => moves[b] - moves[a]).map((at) => {
        const line = element("li");
        line.append(badge(Math.floor(at / kinds)), ` ${words.becomes} `, badge(at % kinds), `: ${number(moves[at])}`);
        return line;
      }),
    );
    by("changed-box").hidden = all === 0;
    by("changed-units").replaceChildren(
      ...changed.map((unit) => {
        const line = element("li");
        const button = element("button", data.units.name[unit], "link");
        button.type = "button";
        button.addEventListener("click", () => openPanel(unit, button));
        line.append(button, " ", badge(before[unit]), ` ${words.becomes} `, badge(current[unit]));
        return line;
      }),
    );
    by("changed-more").textContent = all > changed.length ? say(words.changed_more, { n: number(changed.length) }) : "";
    by("shown").textContent = say(words.shown, { n: number(order.length), all: number(count) });
    tell(say(words.live, {
      list: data.types.map((type, at) => `${type.label} ${number(found[at])}`).join(", "),
      n: number(all), shown: number(order.length), all: number(count),
    }));
  }

  // A screen reader hears the counts once a slider rests, and not at every step.
  let telling = 0;
  function tell(said) {
    clearTimeout(telling);
    if (!ready) return;
    telling = setTimeout(() => {
      by("live").textContent = said;
    }, 800);
  }

  // --- The panel of a town -----------------------------------------------------------------------

  let from = null;
  function openPanel(unit, opener = null) {
    from = opener;
    now.unit = unit;
    commit("selected");
    grid.reveal(unit);
    by("panel-title").focus({ preventScroll: true });
  }
  function closePanel() {
    const unit = now.unit;
    now.unit = null;
    commit("selected");
    if (from && from.isConnected) from.focus();
    else {
      const place = order.indexOf(unit);
      if (place >= 0) grid.active.row = place + 1;
      grid.focus();
    }
  }

  function pair(list, term, value, english = false) {
    const shown = element("dd", value);
    if (english) shown.lang = "en";
    list.append(element("dt", term), shown);
  }
  function showPanel() {
    const panel = by("panel");
    const unit = now.unit;
    panel.hidden = unit === null;
    document.body.classList.toggle("with-panel", unit !== null);
    if (unit === null) return;
    by("panel-title").textContent = `${data.units.name[unit]} (${data.units.code[unit]})`;
    const body = by("panel-body");
    const lead = element("p", null, "lead");
    lead.append(badge(current[unit]), ` ${current[unit] === before[unit] ? words.same_as_pipeline : say(words.pipeline_is, { type: data.types[before[unit]].label })}`);
    const place = element("p", `${data.regions[regions[unit]].name}; ${data.units.size_class.words[sizes[unit]] || words.no_size_class}`);
    body.replaceChildren(place, lead);
    if (own() && before[unit] !== current[unit]) body.append(element("p", words.differs, "fault"));
    data.criteria.forEach((criterion, at) => body.append(...criterionOf(criterion, at, unit)));
    if (sure) body.append(...sureness(unit));
    body.append(...sourcesOf());
    panel.scrollTop = 0;
  }
  /** Whether the settings are the pipeline's own. */
  function own() {
    const first = state.initial(data);
    return now.window === first.window && JSON.stringify(now.criteria) === JSON.stringify(first.criteria);
  }

  function criterionOf(criterion, at, unit) {
    const definition = definitionOf(at);
    const parts = definition.joins ? definition.parts.map((part) => criterion.definitions[part]) : [definition];
    const title = element("h3", `${criterion.label}: ${[words.no, words.yes, words.unknown][answers[at][unit]]}`);
    const out = [title];
    if (definition.joins) out.push(element("p", definition.label));
    for (const part of parts) {
      const here = under(part);
      const list = element("dl");
      const value = column(here.values)[unit];
      const threshold = thresholdAt(at, part, unit);
      const reference = now.criteria[at].reference;
      pair(list, part.label, withUnit(value, part.unit, 3));
      pair(list, say(words.reference_is, { reference: reference === state.NUMBER ? words.a_number : data.references[reference] }), withUnit(threshold, part.unit, 3));
      pair(list, words.distance, Number.isNaN(value - threshold) ? "–" : signed(value - threshold, 3));
      pair(list, words.holds_if, words[`is_${part.holds_if}`]);
      pair(list, words.dates, here.dates || "–");
      pair(list, words.level, here.level || "–");
      if (here.why_not) pair(list, words.missing, here.why_not, true);
      if (reference in here.lacking) pair(list, words.missing, here.lacking[reference], true);
      // The unit's own marks say what is known of all units, and more.
      const flags = part.own && now.window === 0 ? data.pipeline.flags.words[flagsAt()[unit]][criterion.column] || [] : null;
      if (flags) for (const flag of flags) pair(list, words.flag, flag);
      else {
        if (here.substituted) pair(list, words.note, words.substituted);
        for (const each of here.breaks) pair(list, words.breaks_label, each);
      }
      out.push(list);
    }
    if (sure) {
      const stable = intervalOf(at, unit);
      if (stable) out.push(element("p", stable));
    }
    return out;
  }
  const flagsAt = () => keep("flags", () => whole(data.pipeline.flags.at));

  /** How far the pipeline's own threshold may move before the type changes. */
  function intervalOf(at, unit) {
    const held = keep(`interval ${at}`, () => {
      const given = sure.intervals[at];
      return {
        from: floats(given.from), to: floats(given.to), lowIn: whole(given.from_included),
        highIn: whole(given.to_included), crossed: whole(given.type_if_crossed.at), words: given.type_if_crossed.words,
      };
    });
    const [low, high] = [held.from[unit], held.to[unit]];
    if (Number.isNaN(low) && Number.isNaN(high)) return words.any_threshold;
    const bounds = [];
    if (!Number.isNaN(low)) bounds.push(`${held.lowIn[unit] ? "≥" : ">"} ${number(low, 3)}`);
    if (!Number.isNaN(high)) bounds.push(`${held.highIn[unit] ? "≤" : "<"} ${number(high, 3)}`);
    return say(words.keeps, { bounds: bounds.join("; "), type: held.words[held.crossed[unit]] });
  }

  function sureness(unit) {
    const out = [element("h3", say(words.verdict_is, { verdict: sure.verdicts[verdicts[unit]].label }))];
    if (!own()) out.push(element("p", words.of_the_pipeline, "note"));
    const because = element("p", sure.because[unit]);
    because.lang = "en";
    out.push(because, element("h3", words.probabilities));
    const bars = element("table", null, "bars");
    const caption = element("caption", words.probabilities_note);
    const body = element("tbody");
    data.types.forEach((type, at) => {
      const share = keep(`probability ${at}`, () => floats(sure.probabilities[at]))[unit];
      if (!(share > 0)) return;
      const row = element("tr");
      const head = element("th");
      head.scope = "row";
      head.append(badge(at));
      const cell = element("td", `${number(100 * share, 1)} %`, "number");
      const drawn = element("td");
      const bar = element("div", null, `bar type-${type.key}`);
      bar.style.width = `${8 * share}rem`;
      drawn.append(bar);
      row.append(head, cell, drawn);
      body.append(row);
    });
    bars.append(caption, body);
    out.push(bars);
    return out;
  }

  function sourcesOf() {
    const used = new Set();
    data.criteria.forEach((criterion, at) => {
      const definition = definitionOf(at);
      const parts = definition.joins ? definition.parts.map((part) => criterion.definitions[part]) : [definition];
      for (const part of parts) part.sources.forEach((source) => used.add(source));
    });
    if (data.outlines) used.add(data.outlines.source);
    const list = element("ul");
    for (const key of [...used].sort()) {
      const pin = data.sources[key];
      list.append(element("li", pin ? say(words.source, pin) : key));
    }
    return [element("h3", words.sources), list];
  }

  // --- Downloads ---------------------------------------------------------------------------------

  function download(name, content, kind) {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([content], { type: kind }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  /** The units shown, in their order, with the columns and the cells of the pipeline's typology.csv. */
  function csvText() {
    const short = data.criteria.map((criterion) => criterion.column);
    const head = [
      "unit", "name", "region", "size_class", ...short, ...short.map((key) => `${key}_reference`),
      ...data.criteria.map((criterion) => criterion.key), "type", "type_in_pipeline",
      ...(sure ? ["verdict", "probability"] : []),
    ];
    const rows = [head];
    const words_ = ["false", "true", ""];
    for (const unit of order) {
      rows.push([
        data.units.code[unit], data.units.name[unit], data.regions[regions[unit]].code, data.units.size_class.keys[sizes[unit]],
        ...short.map((key, at) => types.cell(valuesOf(at)[unit])),
        ...short.map((key, at) => (definitionOf(at).joins ? "" : types.cell(thresholdAt(at, definitionOf(at), unit)))),
        ...answers.map((answer) => words_[answer[unit]]),
        data.types[current[unit]].key, data.types[before[unit]].key,
        ...(sure ? [sure.verdicts[verdicts[unit]].key, types.cell(probability[unit])] : []),
      ]);
    }
    return types.csv(rows);
  }

  /** What a configuration must say to get the types that are shown; or why none can. */
  function configuration() {
    const criteria = {};
    const indicators = {};
    const reasons = [];
    let others = now.window !== 0;
    data.criteria.forEach((criterion, at) => {
      const chosen = now.criteria[at];
      const definition = definitionOf(at);
      if (definition.joins) {
        reasons.push(say(words.cannot_join, { criterion: criterion.label }));
        return;
      }
      const here = under(definition);
      if (here.values === null || thresholdOf(at, definition) === undefined) {
        reasons.push(say(words.cannot_have, { criterion: criterion.label }));
        return;
      }
      others = others || !definition.own;
      const scope = chosen.reference.startsWith("region_") ? "region" : "national";
      const block = {
        indicator: definition.indicator,
        holds_if: definition.holds_if,
        reference: chosen.reference === state.NUMBER || !Number.isNaN(Number(chosen.reference)) ? Number(chosen.number ?? chosen.reference) : chosen.reference,
      };
      if (chosen.reference.endsWith("_aggregate")) block.aggregate = here.overrides.aggregates[scope];
      criteria[criterion.key] = block;
      const changed = here.overrides.indicator;
      if (Object.keys(changed).length || definition.indicator in indicators) {
        const there = indicators[definition.indicator];
        if (there && JSON.stringify(there) !== JSON.stringify(changed)) {
          reasons.push(say(words.cannot_twice, { indicator: definition.indicator }));
        }
      }
      indicators[definition.indicator] = changed;
    });
    if (reasons.length) return { text: "", reasons };
    for (const name of Object.keys(indicators)) if (!Object.keys(indicators[name]).length) delete indicators[name];
    const block = Object.keys(indicators).length ? { indicators, criteria } : { criteria };
    const notes = [];
    if (others) {
      // They speak of the case's own indicators and dates, and would contradict these.
      for (const key of data.case.blocks) block[key] = null;
      if (data.case.blocks.length) notes.push(say(words.blocks_left_out, { blocks: data.case.blocks.join(", ") }));
    }
    const comment = [words.yaml_head, words.yaml_run, ...notes].map((line) => `# ${line}\n`).join("");
    return { text: `${comment}${types.yaml({ overrides: { [data.case.name]: block } })}\n`, reasons, notes };
  }

  function showDownloads() {
    const { text: said, reasons } = configuration();
    by("yaml").disabled = reasons.length > 0;
    by("yaml-why").replaceChildren(...reasons.map((reason) => element("li", reason)));
    by("yaml-text").textContent = said;
    by("yaml-details").hidden = reasons.length > 0;
  }

  by("csv").addEventListener("click", () => download(`${data.case.name}-units.csv`, csvText(), "text/csv;charset=utf-8"));
  by("yaml").addEventListener("click", () => download(`${data.case.name}-choices.yaml`, configuration().text, "text/yaml;charset=utf-8"));

  // --- One state, everywhere ---------------------------------------------------------------------

  let ready = false;
  let charted = 0;
  const MANY = 20000;

  /** Make all parts of the page say the state; `what` changed since the last time. */
  function show(what) {
    if (what !== "selected") {
      if (what === "chosen" || what === "all") recompute();
      sort();
      filter();
      grid.label(Object.fromEntries(data.criteria.map((criterion, at) => [criterion.column, definitionOf(at).joins ? criterion.column : definitionOf(at).label])));
      grid.show(order, now.sort, now.descending);
      if (what === "chosen" || what === "all") {
        showControls();
        showDownloads();
      }
      if (what !== "sorted") {
        showFilters();
        showCounts();
        drawRules();
        clearTimeout(charted);
        // So many marks take longer than a frame; they follow when a slider rests.
        if (what === "all") drawCharts();
        else charted = setTimeout(() => requestAnimationFrame(drawCharts), count > MANY ? 150 : 0);
      }
    }
    if (now.unit !== null || what === "selected" || what === "all") showPanel();
    grid.point(now.unit, pointed);
    scatter.point(now.unit, pointed);
    if (map) map.point(now.unit, pointed);
  }

  /** Show the state and put it into the address: a new entry, or the last one for what still moves. */
  let moving = 0;
  function commit(what, still = false) {
    show(what);
    clearTimeout(moving);
    const write = (how) => {
      const said = `#${state.address(now, data)}`;
      if (said !== (location.hash || "#")) history[how](null, "", said);
    };
    // Browsers refuse hundreds of addresses a second.
    if (still) moving = setTimeout(() => write("replaceState"), 250);
    else write("pushState");
  }

  function fromAddress() {
    clearTimeout(moving);
    const { now: said, faults } = state.read(location.hash.slice(1), data);
    now = said;
    by("fault").hidden = faults.length === 0;
    by("fault-list").replaceChildren(...faults.map((fault) => element("li", fault)));
    made.fill("");
    sorted = null;
    show("all");
    if (now.unit !== null) {
      grid.reveal(now.unit);
      by("panel-title").focus({ preventScroll: true });
    }
  }

  function choose(at, change, still) {
    Object.assign(now.criteria[at], change);
    state.fit(now.criteria[at], data.criteria[at]);
    commit("chosen", still);
  }
  data.criteria.forEach((criterion, at) => {
    const control = controls[at];
    criterion.definitions.forEach((definition, place) => control.definition.append(option(String(place), definition.label)));
    control.definition.addEventListener("change", () => choose(at, { definition: Number(control.definition.value) }));
    control.reference.addEventListener("change", () => {
      const reference = control.reference.value;
      const number_ = reference === state.NUMBER ? Number(control.slider.value) : null;
      choose(at, { reference, number: number_ });
    });
    let frame = 0;
    control.slider.addEventListener("input", () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => choose(at, { reference: state.NUMBER, number: Number(control.slider.value) }, true));
    });
    control.slider.addEventListener("change", () => {
      cancelAnimationFrame(frame);
      choose(at, { reference: state.NUMBER, number: Number(control.slider.value) });
    });
    control.number.addEventListener("change", () => {
      const typed = control.number.valueAsNumber;
      if (Number.isFinite(typed)) choose(at, { reference: state.NUMBER, number: typed });
      else showControls();
    });
  });
  data.windows.forEach((window_, at) => by("window").append(option(String(at), window_.label)));
  by("window").addEventListener("change", () => {
    now.window = Number(by("window").value);
    commit("chosen");
  });
  by("back").addEventListener("click", () => {
    const first = state.initial(data);
    [now.window, now.criteria] = [first.window, first.criteria];
    commit("chosen");
  });
  by("clear").addEventListener("click", () => {
    Object.assign(now, { types: [], regions: [], sizes: [], verdicts: [], changed: false, search: "" });
    by("search").value = "";
    commit("filtered");
  });
  by("search").addEventListener("input", () => {
    now.search = by("search").value;
    commit("filtered", true);
  });
  by("filter-changed").addEventListener("change", () => {
    now.changed = by("filter-changed").checked;
    commit("filtered");
  });
  by("fault-close").addEventListener("click", () => {
    by("fault").hidden = true;
    by("search").focus();
  });
  by("panel-close").addEventListener("click", closePanel);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && now.unit !== null) closePanel();
  });
  if (map) {
    by("closer").addEventListener("click", () => map.closer(1.6));
    by("farther").addEventListener("click", () => map.closer(1 / 1.6));
    by("whole").addEventListener("click", () => map.closer(0));
  }
  window.addEventListener("popstate", fromAddress);
  window.addEventListener("hashchange", () => {
    if (location.hash !== `#${state.address(now, data)}`) fromAddress();
  });

  // On paper: the rows that a reader would take along, and a sentence about the rest.
  const PRINTED = 300;
  const PAPER = 640; // pixels across
  const frames = [...document.querySelectorAll(".frame")];
  window.addEventListener("afterprint", () => {
    for (const frame of frames) frame.removeAttribute("style");
  });
  window.addEventListener("beforeprint", () => {
    // A chart keeps the size in which it is drawn.
    for (const frame of frames) {
      const { width, height } = frame.getBoundingClientRect();
      Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, zoom: Math.min(1, PAPER / width) });
    }
    const head = element("tr");
    for (const each of columns) head.append(element("th", grid.header.children[columns.indexOf(each)].firstChild.textContent));
    const rows = [...order.subarray(0, PRINTED)].map((unit) => {
      const row = element("tr");
      for (const each of columns) {
        const cell = element("td", null, each.kind);
        each.fill(cell, unit);
        row.append(cell);
      }
      return row;
    });
    by("printed-head").replaceChildren(head);
    by("printed-body").replaceChildren(...rows);
    by("printed-note").textContent = order.length > PRINTED ? say(words.printed, { n: number(PRINTED), all: number(order.length) }) : "";
  });

  fromAddress();
  ready = true;
  performance.mark("smstra-ready");

  return {
    data, types, state, grid, scatter, map, csvText, configuration,
    now: () => now,
    current: () => current,
    order: () => order,
    set: (said) => {
      now = said;
      show("all");
    },
    recompute: () => {
      made.fill("");
      recompute();
    },
  };
})();
window.smstra = app;
