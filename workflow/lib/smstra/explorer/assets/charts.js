// The scatter and the map. ECharts draws the marks and the areas; reference lines lie above the
// scatter as elements, so that they follow a slider without 100,000 marks being drawn again.

const charts = (() => {
  // From so many marks on, ECharts draws them as one path each series.
  const MANY = 4000;
  const INK = "#222222";

  // How each mark of the figures is called here: symbol, size across and down. A negative height turns
  // the triangle upside down, also where symbols are drawn as one path.
  const SYMBOLS = {
    "^": ["triangle", 10, 9],
    o: ["circle", 9, 9],
    v: ["triangle", 10, -9],
    s: ["rect", 8, 8],
    ".": ["circle", 5, 5],
    x: ["diamond", 8, 8],
  };
  // Hatching that says the type again where areas are printed in grey.
  const HATCHING = {
    B: { symbol: "circle", symbolSize: 0.6, dashArrayX: [[0, 4], [2, 2]], dashArrayY: [2, 2], rotation: 0, color: "rgba(0,0,0,0.75)" },
    D: { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: -Math.PI / 4, color: "rgba(0,0,0,0.6)" },
    undetermined: { symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [1, 5], rotation: Math.PI / 4, color: "rgba(0,0,0,0.45)" },
  };

  // Room around the scatter for numbers and names of the axes, in pixels; the style sheet has the same.
  const EDGES = { left: 72, right: 16, top: 14, bottom: 60 };
  const FONT = '"DejaVu Sans", Verdana, "Segoe UI", system-ui, sans-serif';

  function start(box) {
    return echarts.init(box, null, { renderer: "canvas" });
  }

  /** A tooltip's text as an element: names are never read as HTML. */
  function tip(lines) {
    const box = document.createElement("div");
    lines.forEach((line, at) => {
      const part = document.createElement(at ? "div" : "strong");
      part.textContent = line;
      box.append(part);
    });
    return box;
  }

  class Scatter {
    /** `on`: {open(unit), hover(unit or null)}; `describe(unit)` gives the lines of a tooltip. */
    constructor(box, kinds, on, describe) {
      this.kinds = kinds;
      this.members = kinds.map(() => []);
      this.chart = start(box.querySelector(".canvas"));
      this.lines = box.querySelector(".lines");
      this.rules = { x: [], y: [] };
      this.names = { x: box.querySelector(".axis.x"), y: box.querySelector(".axis.y") };
      this.units = (event) => this.members[event.seriesIndex][event.dataIndex];
      this.chart.on("click", (event) => {
        on.open(this.units(event));
      });
      this.chart.on("mouseover", (event) => on.hover(this.units(event)));
      this.chart.on("mouseout", () => on.hover(null));
      this.describe = describe;
      new ResizeObserver(() => {
        this.chart.resize();
        this.rule(this.rules);
      }).observe(box);
    }

    /**
     * `x`, `y`: values by unit, `x` as drawn. `of`: types by unit. `shown`: units. `axes`: {x, y} with
     * label, inverse, low, high.
     */
    draw(x, y, of, shown, axes) {
      const counts = new Array(this.kinds.length).fill(0);
      for (const unit of shown) if (x[unit] === x[unit] && y[unit] === y[unit]) counts[of[unit]] += 1;
      this.members = counts.map((count) => new Int32Array(count));
      const points = counts.map((count) => new Float64Array(2 * count));
      counts.fill(0);
      for (const unit of shown) {
        if (x[unit] !== x[unit] || y[unit] !== y[unit]) continue;
        const type = of[unit];
        const at = counts[type];
        this.members[type][at] = unit;
        points[type][2 * at] = x[unit];
        points[type][2 * at + 1] = y[unit];
        counts[type] += 1;
      }
      this.at = { x, y };
      const many = shown.length > MANY;
      const axis = (given) => ({
        type: "value",
        inverse: given.inverse,
        min: given.low,
        max: given.high,
        axisLabel: { color: INK, fontFamily: FONT, fontSize: 12, formatter: given.format, showMinLabel: false, showMaxLabel: false, hideOverlap: true },
        axisLine: { onZero: false, show: true, lineStyle: { color: "#595959" } },
        splitLine: { lineStyle: { color: "#e8e8e8" } },
      });
      this.chart.setOption(
        {
          animation: false,
          grid: { ...EDGES, outerBoundsMode: "none" },
          tooltip: {
            trigger: "item",
            confine: true,
            transitionDuration: 0,
            textStyle: { color: INK, fontFamily: FONT, fontSize: 13 },
            formatter: (event) => tip(this.describe(this.units(event))),
          },
          xAxis: axis(axes.x),
          yAxis: axis(axes.y),
          series: this.kinds.map((kind, type) => {
            const [symbol, wide, tall] = SYMBOLS[kind.marker];
            const grey = kind.marker === "." || kind.marker === "x";
            return {
              id: kind.key,
              type: "scatter",
              data: points[type],
              dimensions: ["x", "y"],
              symbol,
              symbolSize: many ? [wide * 0.6, tall * 0.6] : [wide, tall],
              // One path for a whole series; an empty one would have none.
              large: many && this.members[type].length > 0,
              largeThreshold: 0,
              progressive: 0,
              z: grey ? 2 : 3,
              itemStyle: {
                color: kind.fill,
                borderColor: grey ? "#6a6a6a" : INK,
                borderWidth: many ? 0.3 : 0.6,
                opacity: grey ? 0.8 : 0.95,
              },
              emphasis: { scale: 1.4 },
            };
          }),
        },
        { notMerge: false, lazyUpdate: false },
      );
      for (const name of ["x", "y"]) this.names[name].textContent = axes[name].label;
      this.rule(this.rules);
    }

    /** Ring the unit of the panel, and the one that the pointer is on. */
    point(selected, pointed) {
      this.selected = selected;
      this.pointed = pointed;
      if (!this.at) return;
      const { x, y } = this.at;
      const marked = [selected, pointed]
        .filter((unit) => unit !== null && unit !== undefined)
        .map((unit) => this.chart.convertToPixel("grid", [x[unit], y[unit]]));
      this.lines.querySelectorAll(".ring").forEach((ring) => ring.remove());
      for (const [left, top] of marked) {
        if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
        const ring = document.createElement("div");
        ring.className = "ring";
        ring.style.transform = `translate(${left}px, ${top}px)`;
        this.lines.append(ring);
      }
    }

    /** Draw the reference lines: {x: [{value, label}], y: [...]}. */
    rule(rules) {
      this.rules = rules;
      this.lines.querySelectorAll(".rule").forEach((line) => line.remove());
      if (!this.at) return;
      const width = this.chart.getWidth();
      const height = this.chart.getHeight();
      const box = { left: EDGES.left, right: width - EDGES.right, top: EDGES.top, bottom: height - EDGES.bottom };
      for (const axis of ["x", "y"]) {
        rules[axis].forEach(({ value, label }, place) => {
          const at = this.chart.convertToPixel({ [`${axis}AxisIndex`]: 0 }, value);
          const [low, high] = axis === "x" ? [box.left, box.right] : [box.top, box.bottom];
          if (!(at >= low && at <= high)) return;
          const line = document.createElement("div");
          line.className = `rule ${axis}`;
          Object.assign(
            line.style,
            axis === "x"
              ? { left: `${at}px`, top: `${box.top}px`, height: `${box.bottom - box.top}px` }
              : { top: `${at}px`, left: `${box.left}px`, width: `${box.right - box.left}px` },
          );
          if (label) {
            const text = document.createElement("span");
            text.textContent = label;
            // Lines may lie close to each other; their names stand one below the other.
            text.style[axis === "x" ? "top" : "right"] = `${place * (axis === "x" ? 15 : 90)}px`;
            line.append(text);
          }
          this.lines.append(line);
        });
      }
      this.point(this.selected, this.pointed);
    }
  }

  class AreaMap {
    /** `outlines` as the page's data hold them. */
    constructor(box, outlines, kinds, on, describe) {
      this.kinds = kinds;
      this.chart = start(box.querySelector(".canvas"));
      this.named = new Map();
      echarts.registerMap("units", { geoJSON: this.decoded(outlines) });
      const unitOf = (event) => (this.named.has(event.name) ? Number(event.name) : null);
      this.chart.on("click", (event) => {
        if (unitOf(event) !== null) on.open(unitOf(event));
      });
      this.chart.on("mouseover", (event) => on.hover(unitOf(event)));
      this.chart.on("mouseout", () => on.hover(null));
      this.zoom = 1;
      this.marked = [null, null];
      this.styles = kinds.map((kind) => ({ areaColor: kind.fill, decal: HATCHING[kind.key] }));
      this.describe = describe;
      new ResizeObserver(() => this.chart.resize()).observe(box);
    }

    decoded({ shapes, per_degree: per }) {
      const features = [];
      shapes.forEach((polygons, unit) => {
        if (!polygons.length) return;
        const coordinates = polygons.map((rings) =>
          rings.map((steps) => {
            const points = [];
            let [x, y] = [0, 0];
            for (let i = 0; i < steps.length; i += 2) {
              x += steps[i];
              y += steps[i + 1];
              points.push([x / per, y / per]);
            }
            return points;
          }),
        );
        this.named.set(String(unit), unit);
        features.push({
          type: "Feature",
          properties: { name: String(unit) },
          geometry: { type: "MultiPolygon", coordinates },
        });
      });
      // A degree of longitude is as many kilometres as one of latitude times this.
      const middle = features.length ? features[0].geometry.coordinates[0][0][0][1] : 0;
      this.aspect = Math.cos((middle * Math.PI) / 180);
      return { type: "FeatureCollection", features };
    }

    draw(of, shown) {
      const there = new Uint8Array(of.length);
      for (const unit of shown) there[unit] = 1;
      this.data = [];
      for (const [name, unit] of this.named) {
        const style = there[unit] ? this.styles[of[unit]] : { areaColor: "#ffffff" };
        this.data.push({
          name,
          value: of[unit],
          itemStyle: { ...style, borderColor: there[unit] ? "#444444" : "#b0b0b0", borderWidth: 0.5 },
        });
      }
      this.render();
    }

    render() {
      const marked = new Set(this.marked.filter((unit) => unit !== null).map(String));
      this.chart.setOption(
        {
          animation: false,
          tooltip: {
            trigger: "item",
            confine: true,
            transitionDuration: 0,
            textStyle: { color: INK, fontFamily: FONT, fontSize: 13 },
            formatter: (event) => (this.named.has(event.name) ? tip(this.describe(Number(event.name))) : ""),
          },
          series: [
            {
              type: "map",
              map: "units",
              aspectScale: this.aspect,
              left: 8,
              right: 8,
              top: 8,
              bottom: 8,
              preserveAspect: "contain",
              roam: this.zoom > 1 ? "move" : false,
              zoom: this.zoom,
              selectedMode: false,
              label: { show: false },
              emphasis: { label: { show: false }, itemStyle: { areaColor: "inherit", borderColor: INK, borderWidth: 2 } },
              data: this.data.map((area) =>
                marked.has(area.name)
                  ? { ...area, itemStyle: { ...area.itemStyle, borderColor: "#000000", borderWidth: 3 } }
                  : area,
              ),
            },
          ],
        },
        false,
      );
    }

    /** Outline the unit of the panel, and the one that the pointer is on in the table. */
    point(selected, pointed) {
      if (!this.data || (this.marked[0] === selected && this.marked[1] === pointed)) return;
      this.marked = [selected, pointed];
      this.render();
    }

    /** Nearer, farther, or back to the whole. */
    closer(times) {
      this.zoom = times ? Math.min(32, Math.max(1, this.zoom * times)) : 1;
      if (this.zoom === 1) this.chart.setOption({ series: [{ type: "map", center: null }] });
      this.render();
    }
  }

  return { Scatter, AreaMap };
})();
