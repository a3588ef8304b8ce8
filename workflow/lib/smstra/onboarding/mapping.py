"""Which column of a table is what: units, years, regions and figures, each with the reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from smstra import formats
from smstra.errors import SourceError, listing, nearest
from smstra.onboarding import words
from smstra.onboarding.files import Table, numeric, years_in

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,14}")
_CODE_AND_NAME = re.compile(r"([0-9][0-9A-Z]*|[A-Z]{1,3}[0-9]+)[ ,:-]+(\S.*)")
_FORM_OF_YEAR = re.compile(r"(?<![0-9])(19[5-9][0-9]|20[0-9]{2})(?![0-9])")
_SPACES = (" ", "\u00a0", "\u202f")
_FEW = 12
# What most cells means.
_MOST = 0.9


@dataclass(frozen=True)
class Said:
    """What the user says of a file instead of what would be found out, by the file's name.

    ``columns`` has, by variable of the vocabulary, a column; ``unread`` columns that are left out; ``where``
    the values of a dimension; ``aliases`` codes by name.
    """

    code_column: str = ""
    name_column: str = ""
    region_column: str = ""
    year: str = ""
    day: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Mapped:
    """How a table is understood.

    ``unit``, ``date``, ``variables``, ``exclude``, ``figures`` (decimal, take_out, missing) are keys of its
    description; ``why`` has reasons by key. ``units`` is a frame ``code, name, region, region_name,
    as_written`` of the units that it holds, empty texts where it does not say. ``open`` lists what could not be
    decided, each with the flag that decides it; a table with such cannot be read.
    """

    table: Table
    unit: dict[str, Any] = field(default_factory=dict)
    date: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    exclude: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    units: pd.DataFrame = field(default_factory=pd.DataFrame)
    years: list[str] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    by_name: bool = False

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.table.path.name


def map_table(table: Table, said: Said, variables: Mapping[str, Any]) -> Mapped:
    """Return how ``table`` is understood.

    Parameters
    ----------
    said
        What the user says of it.
    variables
        The vocabulary.

    Raises
    ------
    SourceError
        The user names a column or variable that there is not.
    """
    _check_said(table, said, variables)
    mapped = Mapped(table)
    frame = table.frame.map(str.strip)
    columns = [name for name in frame.columns if name != "sheet"]
    year = _year(mapped, frame, columns, said)
    unit = _unit(mapped, frame, [c for c in columns if c != year], said)
    if unit is None:
        mapped.open.append(
            f"no column looks like codes or names of units; say which by --code-column "
            f"'{mapped.file}:COLUMN' or "
            f"--name-column '{mapped.file}:COLUMN' (its columns are {listing(columns, 20)})"
        )
        return mapped
    code, name = unit
    region = _regions(mapped, frame, columns, code, name, year, said)
    taken = {column for column in (code, name, year, *region) if column}
    rest = [column for column in columns if column not in taken]
    if mapped.date.get("column") == "header":
        rest = _forms(rest)
    elif "fixed" not in mapped.date and not mapped.date:
        mapped.open.append(
            f"nothing says of which year its figures are; say so by --year '{mapped.file}:2014'"
        )
    _figures(mapped, frame, rest, said, variables)
    for column in columns:
        used = {spec["column"] for spec in mapped.variables.values()}
        dims = {key for spec in mapped.variables.values() for key in spec.get("where", {})}
        form = _FORM_OF_YEAR.sub("{year}", column)
        if column not in taken | used | dims and form not in used:
            mapped.unused.setdefault(column, "not needed, or not understood")
    return mapped


def _check_said(table: Table, said: Said, variables: Mapping[str, Any]) -> None:
    named = [said.code_column, said.name_column, said.region_column, *said.where]
    forms = {*table.columns, *_forms(table.columns)}
    for column in filter(None, [*named, *said.columns.values()]):
        if column not in forms:
            raise SourceError(
                f"{table.path.name}: there is no column "
                f"'{column}'{nearest(column, table.columns)}; its columns "
                f"are {listing(table.columns, 40)}."
            )
    for variable in said.columns:
        if variable not in variables:
            raise SourceError(
                f"{table.path.name}: '{variable}' is no variable of the "
                f"vocabulary{nearest(variable, variables)}; "
                f"write one of {listing(variables, 60)}, or describe yours in config/variables.yaml first."
            )


def _forms(columns: Sequence[str]) -> list[str]:
    """Return the columns with a year replaced by {year}, each once."""
    return list(dict.fromkeys(_FORM_OF_YEAR.sub("{year}", column) for column in columns))


def _year(mapped: Mapped, frame: pd.DataFrame, columns: list[str], said: Said) -> str:
    """Find where the year stands; return the column that holds it, or ``""``."""
    table, why = mapped.table, mapped.why
    if said.year:
        mapped.date, mapped.years = {"fixed": said.year}, [said.year]
        why["date"] = "as you said"
        return ""
    if "sheet_of_year" in table.reading:
        written = table.reading["sheet_of_year"]
        mapped.date = {"column": "sheet"} | ({"written": written} if written != "{year}" else {})
        mapped.years = sorted({years_in(sheet)[0] for sheet in frame["sheet"]})
        why["date"] = "a sheet a year"
        return ""
    for column in columns:
        cells = frame[column]
        found = [years_in(cell) for cell in cells.unique()]
        if not all(len(each) == 1 for each in found):
            continue
        forms = {_FORM_OF_YEAR.sub("{year}", cell) for cell in cells.unique()}
        word = words.says(column, words.YEAR)
        repeated = cells.duplicated().any() or len(cells) == 1
        if len(forms) == 1 and (word or repeated) and not words.variable_of(column):
            form = forms.pop()
            mapped.date = {"column": column} | ({"written": form} if form != "{year}" else {})
            mapped.years = sorted({each[0] for each in found})
            why["date"] = f"`{column}` holds a year in each row: {listing(mapped.years, 20)}"
            return column
    dated = [column for column in columns if len(years_in(column)) == 1]
    by_form = Counter(_FORM_OF_YEAR.sub("{year}", column) for column in dated)
    years = sorted({years_in(column)[0] for column in dated})
    if by_form and max(by_form.values()) > 1:
        mapped.date, mapped.years = {"column": "header"}, years
        why["date"] = f"each year has a column of its own: {listing(years, 20)}"
    elif len(years) == 1:
        mapped.date, mapped.years = {"fixed": years[0]}, years
        why["date"] = f"{listing(dated)} name the year {years[0]}"
    else:
        for place, text in (("the file's name", table.path.stem), ("the title", table.above)):
            told = sorted(set(years_in(text)))
            if len(told) == 1:
                mapped.date, mapped.years = {"fixed": told[0]}, told
                why["date"] = f"{place} has the year {told[0]}: {text.strip()!r}"
                break
    return ""


def _unit(
    mapped: Mapped, frame: pd.DataFrame, columns: list[str], said: Said
) -> tuple[str, str] | None:
    """Find the columns of codes and of names; return them, ``""`` for one that there is not."""
    texts = [
        c
        for c in columns
        if not _FORM_OF_YEAR.search(c) or c in (said.code_column, said.name_column)
    ]
    codes = {c: _score_of_code(c, frame[c]) for c in texts}
    names = {c: _score_of_name(c, frame[c]) for c in texts}
    most = max((frame[c].nunique() for c in texts if codes[c] or names[c]), default=0)
    code = said.code_column or _best(
        {c: s for c, s in codes.items() if s and frame[c].nunique() >= 0.8 * most and not names[c]},
        frame,
    )
    able = {c: s for c, s in names.items() if s and c != code and frame[c].nunique() >= 0.8 * most}
    name = said.name_column or _best(able, frame)
    if code and code == name:
        name = ""
    if not code and not name:
        return None
    if code:
        _codes(mapped, frame, code, name, bool(said.code_column))
    else:
        _names_only(mapped, frame, name, said)
    return code, name


def _best(scores: Mapping[str, float], frame: pd.DataFrame) -> str:
    return max(scores, key=lambda column: (scores[column], frame[column].nunique()), default="")


def _score_of_code(column: str, cells: pd.Series) -> float:
    filled = cells[cells != ""].unique()
    if not len(filled) or not all(_CODE.fullmatch(cell) for cell in filled):
        return 0
    if sum(any(sign.isdigit() for sign in cell) for cell in filled) < _MOST * len(filled):
        return 0
    if any("." in cell for cell in filled) or words.variable_of(column):
        return 0
    word = bool(words.says(column, words.CODE))
    widths = {len(cell) for cell in filled}
    alike = len(widths) <= 2
    # A column of figures of any size is no code unless it says so.
    return 2 * word + alike if word or (alike and len(widths) == 1 and len(filled) > 1) else 0


def _score_of_name(column: str, cells: pd.Series) -> float:
    filled = cells[cells != ""].unique()
    lettered = [cell for cell in filled if re.search(r"[^\W\d_]{2}", cell)]
    if len(lettered) < _MOST * max(1, len(filled)) or len(filled) < 2:
        return 0
    return 1 + bool(words.says(column, words.NAME))


def _codes(mapped: Mapped, frame: pd.DataFrame, code: str, name: str, said: bool) -> None:
    """Describe the units by their codes: width, lost zeros, rows that are no units."""
    cells = frame[code]
    digits = all(cell.isdigit() for cell in cells.unique() if cell)
    widths = Counter(len(cell) for cell in cells.unique() if cell)
    total = sum(widths.values())
    width = max(w for w, number in widths.items() if number >= 0.2 * total) if digits else 0
    pad = 0
    if digits and widths.get(width - 1):
        longer = {cell for cell in cells.unique() if len(cell) == width}
        shorter = {cell for cell in cells.unique() if len(cell) == width - 1}
        parents = sum(any(each.startswith(cell) for each in longer) for cell in shorter)
        pad = width if parents < 0.5 * len(shorter) else 0
    usual = {width, width - 1} if pad else {width}
    if not digits:
        common = widths.most_common(1)[0][0]
        usual = {common} if widths[common] >= 0.8 * total else set(widths)
        width = common
    mapped.unit = {"column": code} | ({"pad_to": pad} if pad else {})
    mapped.why["unit"] = (
        "as you said" if said else f"`{code}` holds {total:,} different codes of one form"
    )
    if pad:
        mapped.why["unit"] += (
            f"; {widths[width - 1]} of them are one digit short, as a spreadsheet leaves 0{min(shorter)}"
        )
    named = frame[name] if name else pd.Series("", index=frame.index)
    odd = ~cells.map(len).isin(usual)
    none = cells.map(lambda cell: not cell.strip("0") or words.is_total(cell)) | named.map(
        lambda cell: words.is_total(cell) or bool(words.words_of(cell) & words.UNKNOWN)
    )
    larger = frame[odd & (cells != "")]
    out = frame[odd | none]
    if len(out):
        left = list(dict.fromkeys(out[code]))
        shown = [f"{cell or 'empty'} {named[cells == cell].iloc[0]}".strip() for cell in left[:4]]
        mapped.exclude.append(
            {"column": code, "values": left, "because": f"no units of this level: {listing(shown)}"}
            if len(left) <= 40
            else {
                "column": code,
                "pattern": _pattern(usual, out[none & ~odd][code]),
                "because": "no units of this level",
            }
        )
    inside = frame[~(odd | none)]
    mapped.units = pd.DataFrame(
        {
            "code": inside[code].str.zfill(pad) if pad else inside[code],
            "name": inside[name] if name else inside[code],
            "region": "",
            "region_name": "",
            "as_written": "",
        }
    )
    _larger_areas(mapped, larger, code, name, pad)


def _pattern(usual: set[int], also: pd.Series) -> str:
    allowed = "|".join(f".{{{width}}}" for width in sorted(usual))
    more = "".join(f"|{re.escape(cell)}" for cell in also.unique())
    return f"(?!(?:{allowed})$).*{more}"


def _larger_areas(mapped: Mapped, larger: pd.DataFrame, code: str, name: str, pad: int) -> None:
    """Take the rows of larger areas, whose codes begin those of the units, for the regions."""
    if larger.empty or not name:
        return
    named = dict(zip(larger[code], larger[name], strict=True))
    for width in sorted({len(cell) for cell in named}, reverse=True):
        of_width = {cell: text for cell, text in named.items() if len(cell) == width}
        if pad and of_width and all(cell.isdigit() for cell in of_width):
            of_width |= {cell.zfill(width + 1): text for cell, text in of_width.items()}
        starts = {len(cell) for cell in of_width}
        found = [
            next((unit[:n] for n in sorted(starts, reverse=True) if unit[:n] in of_width), "")
            for unit in mapped.units["code"]
        ]
        if found and all(found) and len(set(found)) > 1:
            mapped.units["region"] = found
            mapped.units["region_name"] = [of_width[start] for start in found]
            mapped.why["region"] = (
                f"{len(set(found))} rows of larger areas in the table, whose codes begin those of the units"
            )
            return


def _names_only(mapped: Mapped, frame: pd.DataFrame, name: str, said: Said) -> None:
    """Describe the units by their names, or by texts such as ``0114 Town`` that hold both."""
    cells = frame[name]
    filled = [cell for cell in cells.unique() if cell]
    both = [_CODE_AND_NAME.fullmatch(cell) for cell in filled]
    joined = sum(match is not None for match in both) >= _MOST * len(filled)
    widths = Counter(len(match[1]) for match in both if match)
    width = widths.most_common(1)[0][0] if widths else 0
    out = [
        cell
        for cell, match in zip(filled, both, strict=True)
        if words.is_total(match[2] if match else cell)
        or (joined and (match is None or len(match[1]) != width or not match[1].strip("0")))
    ]
    out += [""] if (cells == "").any() else []
    if out:
        mapped.exclude.append({"column": name, "values": out, "because": "no units of this level"})
    inside = cells[~cells.isin(out)]
    mapped.by_name = not joined
    matches = inside.map(_CODE_AND_NAME.fullmatch)
    mapped.units = pd.DataFrame(
        {
            "code": matches.map(lambda match: match[1]) if joined else "",
            "name": matches.map(lambda match: match[2]) if joined else inside,
            "region": "",
            "region_name": "",
            "as_written": inside if joined else "",
        }
    )
    mapped.unit = {"column": name, "names": "as_written" if joined else "local"}
    mapped.unit |= {"aliases": dict(said.aliases)} if said.aliases else {}
    mapped.why["unit"] = (
        f"`{name}` holds code and name in one cell, as in {filled[0]!r}; the list of units has it "
        f"as it is written"
        if joined
        else f"`{name}` holds {len(filled):,} names and no column holds codes: codes are looked up by name"
    )
    if joined:
        larger = [m for m in both if m and len(m[1]) < width and m[1].strip("0")]
        frame_ = pd.DataFrame([(m[1], m[2]) for m in larger], columns=["c", "n"])
        _larger_areas(mapped, frame_, "c", "n", 0)


def _regions(
    mapped: Mapped,
    frame: pd.DataFrame,
    columns: list[str],
    code: str,
    name: str,
    year: str,
    said: Said,
) -> list[str]:
    """Find the region of each unit in columns; return those columns."""
    key = code or name
    inside = frame.loc[mapped.units.index]
    able = []
    for column in columns:
        cells = inside[column]
        word = words.says(column, words.REGION)
        if column in (code, name, year) or not (word or column == said.region_column):
            continue
        units = inside[key].nunique()
        constant = inside.groupby(key)[column].nunique().max() == 1
        if column == said.region_column or (
            constant and 1 < cells.nunique() <= max(2, units / 2) and (cells != "").all()
        ):
            able.append(column)
    if said.region_column:
        able = [said.region_column] + [
            column
            for column in able
            if column != said.region_column
            and inside.groupby(said.region_column)[column].nunique().max() == 1
        ]
    if not able:
        return []
    # The smallest number of areas may be that of larger ones; take the column with most, and its twin.
    able.sort(key=lambda column: (column != said.region_column, -inside[column].nunique()))
    main = able[0]
    twins = [
        column
        for column in able[1:]
        if inside[column].nunique() == inside[main].nunique()
        and inside.groupby(main)[column].nunique().max() == 1
    ]
    codes = next(
        (c for c in (main, *twins) if words.says(c, words.CODE) or _score_of_code(c, inside[c])),
        main,
    )
    named = next((c for c in (*twins, main) if c != codes), codes)
    mapped.units["region"] = inside[codes]
    mapped.units["region_name"] = inside[named]
    mapped.why["region"] = f"`{named}` holds {inside[codes].nunique()} areas, one for each unit"
    return [codes, named]


def _figures(
    mapped: Mapped,
    frame: pd.DataFrame,
    rest: list[str],
    said: Said,
    variables: Mapping[str, Any],
) -> None:
    """Find which columns hold which variables, and how their numbers are written."""
    inside = frame.loc[mapped.units.index]
    wide = mapped.date.get("column") == "header"

    def cells_of(column: str) -> pd.Series:
        if wide and "{year}" in column:
            held = [c for c in inside.columns if _FORM_OF_YEAR.sub("{year}", c) == column]
            return pd.concat([inside[c] for c in held])
        return inside[column]

    able, dims = [], []
    for column in rest:
        cells = cells_of(column)
        filled = cells[cells != ""]
        share = filled.map(numeric).mean() if len(filled) else 0
        if share >= 0.5:
            able.append(column)
        elif 0 < filled.nunique() <= 60:
            dims.append(column)
    decimal, take_out = _style(
        pd.concat([cells_of(column) for column in able]) if able else pd.Series(dtype=object),
        mapped.table,
    )
    mapped.figures = {"decimal": decimal} if decimal == "comma" else {}
    mapped.figures |= {"take_out": take_out} if take_out else {}
    found = {column: variable for variable, column in said.columns.items()}
    for column in able:
        variable = "" if column in found else words.variable_of(column)
        if variable and variable not in found.values():
            found[column] = variable
            mapped.why[f"variables.{variable}"] = f"the header `{column}` says so"
        elif column not in found and (told := words.not_in_vocabulary(column)):
            mapped.unused[column] = told
    for variable in said.columns:
        mapped.why[f"variables.{variable}"] = "as you said"
    by_value = _by_value(dims, inside) if not found and len(able) == 1 else {}
    if not found and len(able) == 1 and not by_value:
        for place, text in (
            ("the title", mapped.table.above),
            ("the file's name", mapped.table.path.stem),
        ):
            if variable := words.variable_of(text):
                found[able[0]] = variable
                mapped.why[f"variables.{variable}"] = f"{place} says so: {text.strip()!r}"
                break
    missing = {""}
    for column, variable in found.items():
        missing |= _add_variable(mapped, column, variable, cells_of(column), {}, variables, decimal)
    for variable, (column, values) in by_value.items():
        kept = inside[inside[column].isin(values)]
        mapped.why[f"variables.{variable}"] = f"the rows in which `{column}` is {listing(values)}"
        where = {column: values[0] if len(values) == 1 else values}
        cells = cells_of(able[0]) if wide else kept[able[0]]
        missing |= _add_variable(mapped, able[0], variable, cells, where, variables, decimal)
    _dimensions(mapped, inside, dims, said)
    mapped.figures["missing"] = sorted(missing)
    if not mapped.variables and not mapped.open:
        odd = [f"`{c}` {why}" for c, why in mapped.unused.items() if why.startswith("looked like")]
        mapped.open.append(
            "no column is understood as a figure of the vocabulary; say which by "
            f"--map '{mapped.file}:COLUMN=variable' (columns with figures: {listing(able, 20) or 'none'}"
            f"{'; ' + '; '.join(odd) if odd else ''})"
        )
    needs_day = [v for v in mapped.variables if variables[v]["dates"] == "day"]
    if needs_day and mapped.date:
        texts = (*found, mapped.table.above, mapped.table.path.stem, mapped.date.get("written", ""))
        told = next(filter(None, map(words.day_of, texts)), "")
        mapped.date["day"] = said.day or told or "01-01"
        mapped.why["day"] = (
            "as you said"
            if said.day
            else f"{listing(needs_day)}: the table says so"
            if told
            else f"ASSUMED for {listing(needs_day)}: nothing in the file says on which day they were counted"
        )


def _style(cells: pd.Series, table: Table) -> tuple[str, list[str]]:
    """Return the decimal sign (point or comma), and the signs to take out, of the numbers in ``cells``."""
    texts = [cell for cell in cells.unique() if numeric(cell)]
    out = [sign for sign in _SPACES if any(re.search(f"[0-9]{sign}[0-9%]", cell) for cell in texts)]
    out += ["%"] if any("%" in cell for cell in texts) else []
    out += ["'"] if any("'" in cell for cell in texts) else []
    bare = [re.sub(r"[%' \u00a0\u202f]", "", cell) for cell in texts]
    both = [cell for cell in bare if "," in cell and "." in cell]
    if both:
        comma = both[0].rindex(",") > both[0].rindex(".")
        return ("comma", [*out, "."]) if comma else ("point", [*out, ","])
    for sign, name, other in ((",", "comma", "point"), (".", "point", "comma")):
        held = [cell for cell in bare if sign in cell]
        groups = [re.fullmatch(rf"-?[0-9]{{1,3}}(?:\{sign}[0-9]{{3}})+", cell) for cell in held]
        if not held:
            continue
        # True numbers of a workbook have a point for their decimals, whatever their digits.
        certain = any(cell.count(sign) > 1 for cell in held)
        thousands = all(groups) and (certain or len(held) > 2)
        if thousands and not (sign == "." and table.true_points):
            return other if sign == "." else "point", [*out, sign]
        return name, out
    return "point", out


def _number(cell: str, decimal: str, take_out: Sequence[str]) -> float | None:
    for sign in take_out:
        cell = cell.replace(sign, "")
    if decimal == "comma":
        cell = cell.replace(".", "?").replace(",", ".")
    try:
        return float(cell)
    except ValueError:
        return None


def _by_value(dims: Sequence[str], inside: pd.DataFrame) -> dict[str, tuple[str, list[str]]]:
    """Return the variables that the values of one dimension name, each with that column and value."""
    for column in dims:
        found: dict[str, tuple[str, list[str]]] = {}
        for value in inside[column].unique():
            variable = words.variable_of(value)
            if variable and variable not in found:
                found[variable] = (column, [value])
        if found:
            return found
    return {}


def _add_variable(
    mapped: Mapped,
    column: str,
    variable: str,
    cells: pd.Series,
    where: Mapping[str, Any],
    variables: Mapping[str, Any],
    decimal: str,
) -> set[str]:
    """Add a variable if its values can be it; return the cells that mean no figure."""
    take_out = mapped.figures.get("take_out", [])
    numbers = {cell: _number(cell, decimal, take_out) for cell in cells.unique() if cell}
    odd = {cell for cell, value in numbers.items() if value is None}
    values = cells.map(numbers).dropna()
    said = mapped.why.get(f"variables.{variable}") == "as you said"
    fault = ""
    kind, unit = variables[variable]["kind"], variables[variable]["unit_of_measure"]
    percent = words.percent_factor(column) if unit == "percent" else 1.0
    if values.empty:
        fault = "holds no number"
    elif len(odd) > _FEW:
        fault = f"holds {len(odd)} different texts that are no numbers ({listing(sorted(odd), 4)})"
    elif kind in ("count", "area", "rate") and values.min() < 0 and variable != "net_migration":
        fault = f"goes down to {values.min():g}, and a {kind} of {unit} cannot"
    elif unit == "percent" and values.max() * percent > 100:
        fault = f"goes up to {values.max():g}, which is no percentage"
    if fault:
        mapped.why.pop(f"variables.{variable}", None)
        mapped.unused[column] = f"looked like {variable}, but {fault}"
        if said:
            mapped.open.append(f"`{column}` cannot be {variable}: it {fault}")
        return set()
    spec: dict[str, Any] = {"column": column}
    spec |= {"where": dict(where)} if where else {}
    span = f"{len(values):,} figures from {values.min():g} to {values.max():g}"
    if percent != 1:
        spec["multiply_by"] = percent
        span += f": the header's unit, so times {percent:g}"
    elif unit == "percent" and values.max() <= 1:
        spec["multiply_by"] = 100
        span += ": fractions, so times 100"
    if variable == "area_km2" and (factor := words.area_factor(column)) != 1:
        spec["multiply_by"] = factor
        span += f": the header's unit, so times {factor:g}"
    mapped.variables[variable] = spec
    mapped.why[f"variables.{variable}"] += f"; {span}"
    return odd


def _dimensions(mapped: Mapped, inside: pd.DataFrame, dims: Sequence[str], said: Said) -> None:
    """Choose the rows of each variable where a unit has several in a year, as by sex or age."""
    year = [] if mapped.date.get("column") in (None, "header") else [mapped.date["column"]]
    for variable, spec in mapped.variables.items():
        for column in dims:
            where = spec.get("where", {})
            kept = inside
            for dim, value in where.items():
                kept = kept[kept[dim].isin([value] if isinstance(value, str) else value)]
            if column in where or not kept.duplicated([mapped.unit["column"], *year]).any():
                continue
            if (
                kept[column].nunique() == 1
                or not kept.groupby([mapped.unit["column"], *year])[column].nunique().gt(1).any()
            ):
                continue
            value = said.where.get(column) or next(
                (text for text in kept[column].unique() if words.is_total(text)), ""
            )
            if value:
                spec["where"] = {**where, column: value}
                mapped.why[f"variables.{variable}"] += f"; of `{column}` the rows '{value}'"
            else:
                mapped.open.append(
                    f"a unit has several rows in a year, apart by `{column}` "
                    f"({listing(kept[column].unique(), 12)}); "
                    f"say which counts by --where '{mapped.file}:{column}=VALUE'"
                )
    used = {column for spec in mapped.variables.values() for column in spec.get("where", {})}
    if mapped.variables and used:
        _leave_out_rest(mapped, inside, sorted(used))


def _leave_out_rest(mapped: Mapped, inside: pd.DataFrame, columns: Sequence[str]) -> None:
    """Leave out the rows of values that no variable counts; a run refuses rows that nothing reads."""
    for column in columns:
        wanted = {
            value
            for spec in mapped.variables.values()
            for values in [spec.get("where", {}).get(column)]
            if values is not None
            for value in ([values] if isinstance(values, str) else values)
        }
        rest = [value for value in inside[column].unique() if value not in wanted]
        if rest:
            mapped.exclude.append(
                {
                    "column": column,
                    "values": rest,
                    "because": "no variable of the case counts these rows",
                }
            )
            inside = inside[~inside[column].isin(rest)]


def reading_of(mapped: Mapped) -> dict[str, Any]:
    """Return the keys of a description that say how the table is read, with the style of its numbers."""
    reading = dict(mapped.table.reading)
    return reading | mapped.figures


def frame_of(mapped: Mapped) -> pd.DataFrame:
    """Return the table as the run reads it."""
    return formats.parse(mapped.table.raw, reading_of(mapped), mapped.file)
