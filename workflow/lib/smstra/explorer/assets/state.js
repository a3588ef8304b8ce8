// The state of the page and the address: one says the other, so that a link reproduces a view.

const state = (() => {
  const NUMBER = "number";
  const COLUMNS = [
    "name", "code", "region", "size", "type", "pipeline", "sf", "varun", "varni", "verdict", "probability",
  ];

  /** What the page shows before anyone has chosen anything: the pipeline's own result. */
  function initial(data) {
    return {
      window: 0,
      criteria: data.criteria.map((criterion) => ({
        definition: criterion.own.definition,
        reference: criterion.own.reference,
        number: null,
      })),
      types: [],
      regions: [],
      sizes: [],
      verdicts: [],
      changed: false,
      search: "",
      sort: "code",
      descending: false,
      unit: null,
    };
  }

  /** Every list from which the address may name something. */
  function lists(data) {
    return {
      types: data.types.map((type) => type.key),
      regions: data.regions.map((region) => region.code),
      sizes: data.units.size_class.keys,
      verdicts: data.robustness ? data.robustness.verdicts.map((verdict) => verdict.key) : [],
    };
  }

  /** The address of a state: what differs from the first one. */
  function address(now, data) {
    const first = initial(data);
    const out = new URLSearchParams();
    if (now.window !== first.window) out.set("window", data.windows[now.window].name);
    now.criteria.forEach((chosen, at) => {
      const criterion = data.criteria[at];
      const before = first.criteria[at];
      if (chosen.definition !== before.definition) {
        out.set(`${criterion.column}.definition`, criterion.definitions[chosen.definition].name);
      }
      if (chosen.reference === NUMBER) out.set(`${criterion.column}.number`, String(chosen.number));
      else if (chosen.reference !== before.reference || chosen.definition !== before.definition) {
        out.set(`${criterion.column}.reference`, chosen.reference);
      }
    });
    const known = lists(data);
    for (const key of Object.keys(known)) {
      for (const at of now[key]) out.append(key, known[key][at]);
    }
    if (now.changed) out.set("changed", "1");
    if (now.search) out.set("search", now.search);
    if (now.sort !== first.sort || now.descending) out.set("sort", (now.descending ? "-" : "") + now.sort);
    if (now.unit !== null) out.set("unit", data.units.code[now.unit]);
    return out.toString();
  }

  /** The state that an address says, and what of it could not be read; that part stays as at first. */
  function read(hash, data) {
    const now = initial(data);
    const faults = [];
    let said;
    try {
      // A lone % is no fault to URLSearchParams, but what it makes of it is nobody's choice.
      decodeURIComponent(hash.replace(/\+/g, " "));
      said = new URLSearchParams(hash);
    } catch {
      return { now, faults: [hash] };
    }
    const known = lists(data);
    const fault = (key, value) => faults.push(`${key}=${value}`);
    const references = new Map();
    for (const [key, value] of said) {
      const [column, what] = key.split(".");
      const at = data.criteria.findIndex((criterion) => criterion.column === column);
      if (at >= 0 && what === "definition") {
        const place = data.criteria[at].definitions.findIndex((each) => each.name === value);
        if (place < 0) fault(key, value);
        else now.criteria[at].definition = place;
      } else if (at >= 0 && (what === "reference" || what === "number")) references.set(key, [at, what, value]);
      else if (Object.hasOwn(known, key)) {
        const place = known[key].indexOf(value);
        if (place < 0) fault(key, value);
        else if (!now[key].includes(place)) now[key].push(place);
      } else if (key === "window") {
        const place = data.windows.findIndex((window) => window.name === value);
        if (place < 0) fault(key, value);
        else now.window = place;
      } else if (key === "changed" && value === "1") now.changed = true;
      else if (key === "search") now.search = value;
      else if (key === "sort" && COLUMNS.includes(value.replace(/^-/, ""))) {
        now.descending = value.startsWith("-");
        now.sort = value.replace(/^-/, "");
      } else if (key === "unit" && data.units.code.includes(value)) now.unit = data.units.code.indexOf(value);
      else fault(key, value);
    }
    for (const [key, [at, what, value]] of references) {
      const definition = data.criteria[at].definitions[now.criteria[at].definition];
      const number = Number(value);
      if (what === "number" && value.trim() !== "" && Number.isFinite(number) && !definition.joins) {
        now.criteria[at].reference = NUMBER;
        now.criteria[at].number = number;
      } else if (what === "reference" && definition.references.includes(value)) {
        now.criteria[at].reference = value;
        now.criteria[at].number = null;
      } else fault(key, value);
    }
    now.criteria.forEach((chosen, at) => fit(chosen, data.criteria[at]));
    for (const key of Object.keys(known)) now[key].sort((a, b) => a - b);
    return { now, faults };
  }

  /** Give a definition a reference that it has, if the one chosen is none of its. */
  function fit(chosen, criterion) {
    const definition = criterion.definitions[chosen.definition];
    const able = chosen.reference === NUMBER ? !definition.joins : definition.references.includes(chosen.reference);
    if (!able) {
      const own = criterion.own.reference;
      chosen.reference = definition.references.includes(own) ? own : definition.references[0];
      chosen.number = null;
    }
  }

  return { NUMBER, COLUMNS, initial, address, read, fit };
})();
