// The table of all units: a grid of which only the rows in sight exist. It is ours because no table
// library that can be shipped inside the file both scrolls 100,000 rows and gives axe nothing to say.

const table = (() => {
  const ROW = 34;
  const SPARE = 6;

  class Grid {
    /**
     * `box`: the element that scrolls. `columns`: {key, label, kind, width, fill(cell, unit)}.
     * `on`: {sort(key), open(unit), hover(unit or null)}. `words`: {empty}.
     */
    constructor(box, columns, on, words) {
      this.box = box;
      this.columns = columns;
      this.on = on;
      this.words = words;
      this.order = new Int32Array(0);
      this.active = { row: 0, column: 0 };
      this.rows = new Map();
      this.spare = [];
      this.selected = null;
      this.pointed = null;
      this.tracks = columns.map((column) => `${column.width}rem`).join(" ");
      this.build();
    }

    build() {
      const { box, columns } = this;
      box.setAttribute("role", "grid");
      box.setAttribute("aria-colcount", columns.length);
      const width = columns.reduce((sum, column) => sum + column.width, 0);
      const head = document.createElement("div");
      head.className = "grid-head";
      head.setAttribute("role", "rowgroup");
      this.header = document.createElement("div");
      this.header.className = "grid-row";
      this.header.setAttribute("role", "row");
      this.header.setAttribute("aria-rowindex", 1);
      this.header.style.gridTemplateColumns = this.tracks;
      columns.forEach((column, at) => {
        const cell = document.createElement("div");
        cell.setAttribute("role", "columnheader");
        cell.setAttribute("aria-colindex", at + 1);
        cell.className = `cell head ${column.kind}`;
        cell.dataset.column = at;
        const label = document.createElement("span");
        label.textContent = column.label;
        const arrow = document.createElement("span");
        arrow.className = "arrow";
        arrow.setAttribute("aria-hidden", "true");
        cell.append(label, arrow);
        cell.tabIndex = -1;
        this.header.append(cell);
      });
      head.append(this.header);
      this.body = document.createElement("div");
      this.body.className = "grid-body";
      this.body.setAttribute("role", "rowgroup");
      for (const part of [head, this.body]) part.style.width = `${width}rem`;
      box.append(head, this.body);
      box.addEventListener("scroll", () => this.soon(), { passive: true });
      box.addEventListener("keydown", (event) => this.key(event));
      box.addEventListener("click", (event) => this.click(event));
      box.addEventListener("focusin", (event) => this.focused(event));
      this.body.addEventListener("pointermove", (event) => this.hover(event));
      this.body.addEventListener("pointerleave", () => this.on.hover(null));
      new ResizeObserver(() => this.soon()).observe(box);
    }

    /** Other labels of columns, as values come from another definition. */
    label(labels) {
      this.columns.forEach((column, at) => {
        const text = labels[column.key];
        if (text === undefined) return;
        const cell = this.header.children[at];
        cell.firstChild.textContent = text;
        cell.title = text;
      });
    }

    /** Show these units in this order, sorted by a column. */
    show(order, sort, descending) {
      this.order = order;
      this.box.setAttribute("aria-rowcount", order.length + 1);
      this.body.style.height = `${Math.max(1, order.length) * ROW}px`;
      this.columns.forEach((column, at) => {
        const cell = this.header.children[at];
        const mine = column.key === sort;
        cell.setAttribute("aria-sort", mine ? (descending ? "descending" : "ascending") : "none");
        cell.lastChild.textContent = mine ? (descending ? " ▼" : " ▲") : "";
      });
      if (this.active.row > order.length) this.active.row = order.length;
      this.draw(true);
    }

    /** Draw at the next frame. */
    soon() {
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.draw(false);
      });
    }

    /** Make the rows in sight; `anew` fills also those that were there. */
    draw(anew) {
      const top = this.box.scrollTop;
      const height = this.box.clientHeight;
      const first = Math.max(0, Math.floor(top / ROW) - SPARE);
      const last = Math.min(this.order.length, Math.ceil((top + height) / ROW) + SPARE);
      const wanted = (place) =>
        (place >= first && place < last) || (place === this.active.row - 1 && place < this.order.length);
      for (const [place, row] of this.rows) {
        if (wanted(place)) continue;
        this.rows.delete(place);
        // Hidden, not taken out: putting elements in and out costs most of a frame.
        row.hidden = true;
        this.spare.push(row);
      }
      for (let place = first; place < last; place += 1) this.row(place, anew);
      if (this.active.row > 0 && this.order.length) this.row(this.active.row - 1, anew);
      if (!this.order.length) this.say(this.words.empty);
      else if (this.empty) this.say("");
      this.rove();
    }

    say(text) {
      if (this.empty) this.empty.remove();
      this.empty = null;
      if (!text) return;
      this.empty = document.createElement("div");
      this.empty.setAttribute("role", "row");
      this.empty.className = "grid-row nothing";
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      cell.textContent = text;
      this.empty.append(cell);
      this.body.append(this.empty);
    }

    row(place, anew) {
      let row = this.rows.get(place);
      if (row && !anew && row.unit === this.order[place]) return row;
      if (!row) {
        row = this.spare.pop() || this.made();
        row.hidden = false;
        this.rows.set(place, row);
      }
      const unit = this.order[place];
      row.unit = unit;
      row.place = place;
      row.style.transform = `translateY(${place * ROW}px)`;
      row.setAttribute("aria-rowindex", place + 2);
      this.columns.forEach((column, at) => column.fill(row.children[at], unit));
      this.mark(row);
      return row;
    }

    made() {
      const row = document.createElement("div");
      row.setAttribute("role", "row");
      row.className = "grid-row";
      row.style.gridTemplateColumns = this.tracks;
      this.columns.forEach((column, at) => {
        const cell = document.createElement("div");
        cell.setAttribute("role", at === 0 ? "rowheader" : "gridcell");
        cell.setAttribute("aria-colindex", at + 1);
        cell.className = `cell ${column.kind}`;
        cell.dataset.column = at;
        cell.tabIndex = -1;
        row.append(cell);
      });
      this.body.append(row);
      return row;
    }

    mark(row) {
      row.classList.toggle("selected", row.unit === this.selected);
      row.classList.toggle("pointed", row.unit === this.pointed);
      row.setAttribute("aria-selected", row.unit === this.selected);
    }

    /** Mark the unit of the panel, and the one that the pointer is on in a chart. */
    point(selected, pointed) {
      this.selected = selected;
      this.pointed = pointed;
      for (const row of this.rows.values()) this.mark(row);
    }

    /** Bring a unit into sight and make it the active row. */
    reveal(unit) {
      const place = this.order.indexOf(unit);
      if (place < 0) return;
      this.active = { row: place + 1, column: this.active.column };
      this.scroll(place);
      this.draw(false);
    }

    scroll(place) {
      const head = this.header.offsetHeight;
      const top = place * ROW;
      const room = this.box.clientHeight - head - ROW;
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      else if (top > this.box.scrollTop + room) this.box.scrollTop = top - Math.max(0, room);
    }

    /** One cell of the grid can be tabbed to: the active one. */
    rove() {
      if (this.tabbed) this.tabbed.tabIndex = -1;
      const cell = this.cell();
      if (cell) cell.tabIndex = 0;
      this.tabbed = cell;
    }

    cell() {
      const { row, column } = this.active;
      const at = row === 0 ? this.header : this.rows.get(row - 1);
      return at ? at.children[column] : this.header.children[column];
    }

    /** Put the focus on the active cell. */
    focus() {
      if (this.active.row > 0) this.scroll(this.active.row - 1);
      this.draw(false);
      this.cell().focus({ preventScroll: this.active.row > 0 });
      this.aside();
    }

    /** Bring the active cell into sight sideways, past the first column that stays. */
    aside() {
      const cell = this.cell();
      if (this.active.column === 0) return;
      const kept = this.header.firstChild.offsetWidth;
      const left = cell.offsetLeft - kept;
      const right = cell.offsetLeft + cell.offsetWidth - this.box.clientWidth;
      if (left < this.box.scrollLeft) this.box.scrollLeft = left;
      else if (right > this.box.scrollLeft) this.box.scrollLeft = right;
    }

    key(event) {
      const { active } = this;
      const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 2);
      const end = this.order.length;
      const steps = {
        ArrowDown: () => (active.row += 1),
        ArrowUp: () => (active.row -= 1),
        ArrowRight: () => (active.column += 1),
        ArrowLeft: () => (active.column -= 1),
        PageDown: () => (active.row += page),
        PageUp: () => (active.row = active.row > 1 ? Math.max(1, active.row - page) : 0),
        Home: () => (event.ctrlKey ? (active.row = 0) : (active.column = 0)),
        End: () => (event.ctrlKey ? (active.row = end) : (active.column = this.columns.length - 1)),
      };
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (active.row === 0) this.on.sort(this.columns[active.column].key);
        else if (end) this.on.open(this.order[active.row - 1]);
        return;
      }
      if (!(event.key in steps) || event.altKey || event.metaKey) return;
      event.preventDefault();
      steps[event.key]();
      active.row = Math.min(end, Math.max(0, active.row));
      active.column = Math.min(this.columns.length - 1, Math.max(0, active.column));
      this.focus();
    }

    placed(target) {
      const cell = target.closest("[data-column]");
      if (!cell) return null;
      const row = cell.parentElement;
      return { row: row === this.header ? 0 : row.place + 1, column: Number(cell.dataset.column) };
    }

    focused(event) {
      const at = this.placed(event.target);
      if (!at) return;
      this.active = at;
      this.rove();
    }

    click(event) {
      const at = this.placed(event.target);
      if (!at) return;
      this.active = at;
      this.rove();
      if (at.row === 0) this.on.sort(this.columns[at.column].key);
      else this.on.open(this.order[at.row - 1]);
    }

    hover(event) {
      const row = event.target.closest(".grid-row");
      const unit = row && row.unit !== undefined ? row.unit : null;
      if (unit !== this.pointed) this.on.hover(unit);
    }
  }

  return { Grid };
})();
