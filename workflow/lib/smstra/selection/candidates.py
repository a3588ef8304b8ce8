"""Every unit held against the criteria of case selection: pass, fail or unknown, and why in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from smstra import missing, size_classes
from smstra.answers import in_words
from smstra.errors import DataError, GeographyError, listing, nearest
from smstra.exact import population_sd, significant
from smstra.lookup import Figures
from smstra.selection import local
from smstra.selection.own_tables import day_from, day_to
from smstra.typology import CRITERIA, cell_in_words, holds
from smstra.vocabulary import Variables, as_list

# Columns of the table that hold numbers, for reading it back.
NUMBERS = frozenset(
    {
        "typicality",
        "typicality_by_answers",
        "probability",
        "inhabitants",
        "density",
        "arrivals_persons",
        "arrivals_points",
        "reception_places",
    }
)
PASS, UNKNOWN, FAIL = "pass", "unknown", "fail"
# From the best to the worst: a column that stands for two questions shows the worse answer.
_STATES = np.array([PASS, UNKNOWN, FAIL], dtype=object)
_POLICIES = {PASS: " (the case lets unknown pass)", FAIL: " (the case makes unknown fail)"}


@dataclass
class _Check:
    """The answers to one question: ``state`` (a position in ``_STATES``) and a sentence for each unit.

    ``unknown`` says what an unknown answer counts as. ``words`` are asked for only where they are
    needed, by the positions of the units.
    """

    column: str
    state: np.ndarray
    words: Callable[[int], str] = field(default=lambda _: "")
    unknown: str = FAIL

    @property
    def excludes(self) -> np.ndarray:
        return (self.state == 2) | ((self.state == 1) & (self.unknown == FAIL))


def candidates(
    case: Mapping[str, Any],
    typology: pd.DataFrame,
    units: pd.DataFrame,
    figures: Figures,
    indicators: pd.DataFrame,
    verdicts: pd.DataFrame | None = None,
    reception: pd.DataFrame | None = None,
    politics: pd.DataFrame | None = None,
    variables: Variables | None = None,
) -> pd.DataFrame:
    """Return every unit of the case with each criterion of case selection and the reasons.

    The criteria are those of the Whole-COMM reports on Belgium (2022, 1.3.1; 2023, 1.1): population
    size, a reception centre or facility in a period, migrants arrived after 2014, type, region and
    local politics; ``case["selection"]["candidates"]`` says which units pass.

    Parameters
    ----------
    typology, units, figures, indicators
        As the case's typology.csv, units.csv, harmonised.csv and indicators.csv.
    verdicts
        As robustness/verdicts.csv (``unit, verdict, probability, typicality``); None if not made.
    reception, politics
        The user's tables as :func:`smstra.selection.own_tables.read`; None if none was given.
    variables
        The vocabulary, which says who is counted as arrived; foreign residents without it.

    Returns
    -------
    DataFrame
        One row a unit, sorted by unit:

        - ``unit, name, region, region_name, type, verdict, typicality, probability, type_check``
          (type and, if the case asks for one, verdict);
        - if the case chooses by answers, the answer to each criterion that it names (True, False, None)
          ``typicality_by_answers`` (the least distance of the unit's values from the references of these
          criteria, each in standard deviations of its indicator over the units, divisor n; empty if one
          answer is missing; ``typicality`` is the same where the verdict has none) and ``answers_check``;
        - ``size_class, size_date, inhabitants, density`` (inhabitants per km2), ``size_class_<year>``
          (the class by the inhabitants of another date and the same area), ``size_check`` (class and, if
          the case asks, density);
        - ``arrivals_persons, arrivals_points`` (percentage points), ``arrivals_check``;
        - ``reception`` (yes, no, unknown), ``reception_places`` (the most on one day), ``reception_check``;
        - ``region_check``;
        - ``tradition, parties`` (those of most days of the period of reception, or without one those on
          the day of ``size_date``), ``politics_check``;
        - ``candidate`` (pass or fail) and ``reasons``.

        Each ``_check`` is pass, fail or unknown; a question that the case does not ask is pass. What
        unknown counts as, the case says. ``reasons`` are joined with ``; ``: what excludes the unit,
        then what is unknown and passes, then remarks; empty where there is nothing to say.

    Raises
    ------
    DataError
        The sources have no inhabitants at a date asked for, or no row of the table of politics has a
        tradition that the case names.
    GeographyError
        The case names a region in which no unit lies.
    """
    block = case["selection"]["candidates"]
    table = units[["unit", "name", "region", "region_name"]].sort_values("unit", ignore_index=True)
    own = typology.set_index("unit").reindex(table["unit"]).reset_index()
    table["type"] = own["type"]
    _add_verdicts(table, verdicts)
    checks = [_type_check(block, own, case["criteria"])]
    if "verdicts" in block:
        checks.append(_verdict_check(block["verdicts"], table))
    _close(table, "type_check", checks)

    if "answers" in block:
        checks += _add_answers(table, block["answers"], own, case)
        _close(table, "answers_check", checks)

    table["size_class"] = own["size_class"]
    sizes = case["size_classes"]
    remarks = _add_sizes(table, case, figures, block.get("size_classes_also_at", []))
    checks += [_size_check(block, table, sizes)]
    if "density" in block:
        checks.append(_density_check(block["density"], table, sizes, case["comparison_decimals"]))
    _close(table, "size_check", checks)

    checks += _add_arrivals(table, block.get("arrivals", {}), case, indicators, variables or {})
    _close(table, "arrivals_check", checks)

    asked = block.get("reception")
    period = _period(asked["period"] if asked else [sizes["inhabitants"]["date"]])
    housed = local.reception(reception, table["unit"], period, asked and asked["not_listed"])
    table[["reception", "reception_places"]] = housed
    if asked and asked["required"]:
        checks.append(_reception_check(asked, table["reception"], period, reception is not None))
    _close(table, "reception_check", checks)

    if "regions" in block:
        checks.append(_region_check(block["regions"], table))
    _close(table, "region_check", checks)

    governed = local.politics(politics, table["unit"], period)
    table[["tradition", "parties"]] = governed[["tradition", "parties"]]
    remarks.append(governed["remark"])
    if "politics" in block:
        checks.append(_politics_check(block["politics"], table["tradition"], politics, period))
    _close(table, "politics_check", checks)

    excluded = np.any([check.excludes for check in checks], axis=0)
    table["candidate"] = np.where(excluded, FAIL, PASS)
    table["reasons"] = _reasons(checks, remarks, len(table))
    return table


def _close(table: pd.DataFrame, column: str, checks: Iterable[_Check]) -> None:
    """Add the column of the checks that bear its name: the worst of their answers, or pass."""
    states = [check.state for check in checks if check.column == column]
    worst = np.max(states, axis=0) if states else np.zeros(len(table), dtype=int)
    table[column] = _STATES[worst]


def _reasons(checks: Iterable[_Check], remarks: Iterable[pd.Series], units: int) -> list[str]:
    found: list[list[str]] = [[] for _ in range(units)]
    for excluding in (True, False):
        for check in checks:
            speaks = (check.state > 0) & (check.excludes == excluding)
            for i in np.flatnonzero(speaks):
                policy = _POLICIES[check.unknown] if check.state[i] == 1 else ""
                found[i].append(check.words(i) + policy)
    for texts in remarks:
        for i in np.flatnonzero(texts.to_numpy() != ""):
            found[i].append(texts.iloc[i])
    return ["; ".join(texts) for texts in found]


def _state(passes: Any, unknown: Any = False) -> np.ndarray:
    return np.where(unknown, 1, np.where(passes, 0, 2))


def _period(dates: list[str]) -> local.Period:
    """Return first and last day of a period, and how it is written."""
    joint = "-" if all(len(date) == 4 for date in dates) else " to "
    return local.Period(day_from(dates[0]), day_to(dates[-1]), joint.join(dict.fromkeys(dates)))


# --- type and verdict -----------------------------------------------------------------------------


def _add_verdicts(table: pd.DataFrame, verdicts: pd.DataFrame | None) -> None:
    columns = ["verdict", "typicality", "probability"]
    held = pd.DataFrame(columns=["unit", *columns]) if verdicts is None else verdicts
    held = held.set_index("unit")[columns].reindex(table["unit"])
    table["verdict"] = held["verdict"].fillna("").to_numpy(object)
    for column in columns[1:]:
        table[column] = held[column].to_numpy(float)


def _type_check(
    block: Mapping[str, Any], own: pd.DataFrame, criteria: Mapping[str, Mapping[str, Any]]
) -> _Check:
    type_, cell = own["type"].to_numpy(), own["cell"].to_numpy()
    lacking = _lacking(own, criteria)

    def words(i: int) -> str:
        said = {"mixed": cell_in_words, "undetermined": lambda _: lacking(i)}.get(type_[i])
        which = f" ({said(cell[i])})" if said else ""
        return f"type {type_[i]}{which} is not among {', '.join(block['types'])}"

    return _Check("type_check", _state(np.isin(type_, block["types"])), words)


def _lacking(own: pd.DataFrame, criteria: Mapping[str, Mapping[str, Any]]) -> Callable[[int], str]:
    """Return what says which inputs of a unit's type are missing, and by its flags why."""
    flags = own["flags"].to_numpy()
    inputs = [
        (column, criteria[criterion]["indicator"], own[column].to_numpy(float))
        for criterion, column in CRITERIA.items()
    ]
    references = {column: own[f"{column}_reference"].to_numpy(float) for column, _, _ in inputs}

    def words(i: int) -> str:
        said = []
        for column, name, values in inputs:
            if np.isnan(values[i]):
                said.append(f"no value of {name}" + _why_missing(flags[i], column))
            elif np.isnan(references[column][i]):
                said.append(f"no reference for {name}")
        return ", ".join(said)

    return words


def _why_missing(flags: Any, column: str = "") -> str:
    """Return why a value is missing, led by ``: ``, or ``""`` where its flags do not say."""
    why = missing.reasons(flags if isinstance(flags, str) else "").get(column, "")
    return f": {why}" if why else ""


def _verdict_check(asked: list[str], table: pd.DataFrame) -> _Check:
    verdict, probability = table["verdict"].to_numpy(), table["probability"].to_numpy()

    def words(i: int) -> str:
        if not verdict[i]:
            return "verdict on the type unknown: robustness says none of this unit"
        sure = (
            ""
            if np.isnan(probability[i])
            else f" (probability of its type {_number(probability[i])})"
        )
        return f"verdict {verdict[i]}{sure} is not among {', '.join(asked)}"

    return _Check("type_check", _state(np.isin(verdict, asked), verdict == ""), words)


# --- answers to single criteria ---------------------------------------------------------------------


def _add_answers(
    table: pd.DataFrame,
    asked: Mapping[str, list[str]],
    own: pd.DataFrame,
    case: Mapping[str, Any],
) -> list[_Check]:
    """Add the answers to the criteria ``asked``, and the typicality by them."""
    checks, depths = [], []
    for criterion in CRITERIA:
        if criterion not in asked:
            continue
        table[criterion] = own[criterion].to_numpy(object)
        depths.append(_depth(own, CRITERIA[criterion]))
        checks.append(_answer_check(criterion, asked[criterion], own, case["criteria"][criterion]))
    table["typicality_by_answers"] = np.min(depths, axis=0)
    table["typicality"] = table["typicality"].fillna(table["typicality_by_answers"])
    return checks


def _depth(own: pd.DataFrame, column: str) -> np.ndarray:
    """Return how far each unit's value lies from its reference, in standard deviations of the values."""
    distance = own[f"{column}_distance"].to_numpy(float)
    values = own[column].to_numpy(float)
    return significant(np.abs(distance) / population_sd(values[~np.isnan(values)]))


def _answer_check(
    criterion: str, asked: list[str], own: pd.DataFrame, spec: Mapping[str, Any]
) -> _Check:
    said = np.array(in_words(own[criterion]), dtype=object)
    column, name = CRITERIA[criterion], spec["indicator"]
    values = own[column].to_numpy(float)
    thresholds = own[f"{column}_reference"].to_numpy(float)
    flags = own["flags"].to_numpy()

    def words(i: int) -> str:
        if said[i]:
            compared = (
                f"{name} {_number(values[i], thresholds[i])}, reference {_number(thresholds[i])}"
            )
            return f"{criterion} is {said[i]} ({compared}), which is not among {', '.join(asked)}"
        if np.isnan(values[i]):
            return f"{criterion} has no answer: no value of {name}{_why_missing(flags[i], column)}"
        return f"{criterion} has no answer: no reference for {name}"

    return _Check("answers_check", _state(np.isin(said, asked), said == ""), words)


# --- size and density -------------------------------------------------------------------------------


def _add_sizes(
    table: pd.DataFrame, case: Mapping[str, Any], figures: Figures, also_at: list[str]
) -> list[pd.Series]:
    """Add inhabitants, density and the classes at other dates; return a remark for each of these."""
    sizes, level = case["size_classes"], case["geography"]["level"]
    spec = sizes["inhabitants"]

    def at(which: Mapping[str, str], where: str) -> np.ndarray:
        found = size_classes.figures_at(figures, which, level, where)
        return found.reindex(table["unit"]).to_numpy(float)

    table["size_date"] = spec["date"]
    table["inhabitants"] = at(spec, "size_classes.inhabitants")
    area = (
        at(sizes["area"], "size_classes.area") if "area" in sizes else np.full(len(table), np.nan)
    )
    table["density"] = table["inhabitants"] / np.where(area > 0, area, np.nan)
    category = size_classes.categories(figures, sizes, level, table["unit"])
    remarks = []
    for date in also_at:
        where = "selection.candidates.size_classes_also_at"
        number = at({**spec, "date": date}, where)
        measured = zip(number, number / np.where(area > 0, area, np.nan), category, strict=True)
        classes = [
            size_classes.classify(people, per_km2, sizes["classes"], code)
            for people, per_km2, code in measured
        ]
        table[f"size_class_{date[:4]}"] = classes
        differs = table["size_class"].to_numpy() != np.array(classes, dtype=object)
        first, second = (d[:4] if spec["date"][:4] != date[:4] else d for d in (spec["date"], date))
        remarks.append(
            pd.Series(
                [
                    f"size class {before} in {first}, {after} in {second}" if other else ""
                    for before, after, other in zip(
                        table["size_class"], classes, differs, strict=True
                    )
                ],
                dtype=object,
            )
        )
    return remarks


def _size_check(block: Mapping[str, Any], table: pd.DataFrame, sizes: Mapping[str, Any]) -> _Check:
    asked = block["size_classes"]
    class_, inhabitants, density = (
        table[c].to_numpy() for c in ("size_class", "inhabitants", "density")
    )
    year = sizes["inhabitants"]["date"][:4]

    def words(i: int) -> str:
        if class_[i] == size_classes.UNKNOWN:
            return f"size class unknown: {_size_unknown(inhabitants[i], density[i], sizes)}"
        figures = f"{year}: {_number(inhabitants[i])} inhabitants"
        if _decided_by_density(inhabitants[i], sizes):
            figures += f", {_number(density[i])} per km2"
        return f"size class {class_[i]} ({figures}) is not among {', '.join(asked)}"

    unknown = class_ == size_classes.UNKNOWN
    state = _state(np.isin(class_, asked), unknown)
    return _Check("size_check", state, words, block["unknown_size"])


def _decided_by_density(inhabitants: float, sizes: Mapping[str, Any]) -> bool:
    return any(_holds(entry, inhabitants) for entry in sizes["classes"] if "density_below" in entry)


def _holds(entry: Mapping[str, Any], inhabitants: float) -> bool:
    return entry.get("from", 0) <= inhabitants < entry.get("below", np.inf)


def _size_unknown(inhabitants: float, density: float, sizes: Mapping[str, Any]) -> str:
    if np.isnan(inhabitants):
        return f"no number of inhabitants of {sizes['inhabitants']['date']}"
    if np.isnan(density) and _decided_by_density(inhabitants, sizes):
        return f"{_number(inhabitants)} inhabitants, and no area to tell the density by"
    if any("category" in entry and _holds(entry, inhabitants) for entry in sizes["classes"]):
        category = sizes["category"]["variable"]
        return f"{_number(inhabitants)} inhabitants, and no {category} to tell the class by"
    return f"{_number(inhabitants)} inhabitants are in none of the classes"


def _density_check(
    asked: Mapping[str, Any], table: pd.DataFrame, sizes: Mapping[str, Any], decimals: int
) -> _Check:
    density, most = table["density"].to_numpy(), asked["at_most"]
    answers = holds(density, most, "at_most", decimals)
    year = sizes["inhabitants"]["date"][:4]

    def words(i: int) -> str:
        if answers[i] < 0:
            lacks = "number of inhabitants" if np.isnan(table["inhabitants"].iloc[i]) else "area"
            return f"density {year} unknown: no {lacks}"
        number = _number(density[i], most)
        return f"density {number} per km2 ({year}), the case asks for at most {_number(most)}"

    return _Check("size_check", _state(answers == 1, answers < 0), words, asked["unknown"])


# --- arrivals, reception, region, politics -------------------------------------------------------------


def _add_arrivals(
    table: pd.DataFrame,
    asked: Mapping[str, Any],
    case: Mapping[str, Any],
    indicators: pd.DataFrame,
    variables: Variables,
) -> list[_Check]:
    checks = []
    for measure in ("persons", "points"):
        name = asked.get(measure)
        quantity = _counted(measure, case.get("indicators", {}).get(name, {}), variables)
        own = indicators[indicators["indicator"] == name].set_index("unit").reindex(table["unit"])
        values = table[f"arrivals_{measure}"] = own["value"].to_numpy(float)
        least = asked.get(f"at_least_{measure}")
        if least is not None:
            answers = holds(values, least, "at_least", case["comparison_decimals"])
            words = _arrivals_words(own, quantity, measure, least)
            state = _state(answers == 1, answers < 0)
            checks.append(_Check("arrivals_check", state, words, asked["unknown"]))
    return checks


def _counted(measure: str, spec: Mapping[str, Any], variables: Variables) -> str:
    """Return what an indicator of arrivals counts: ``number of foreign residents``, ``share of ...``."""
    labels = [
        variables[each]["labels"]["en"].lower()
        for each in as_list(spec.get("of", []))
        if "labels" in variables.get(each, {})
    ]
    people = " and ".join(labels) or "foreign residents"
    if people.startswith("share of "):
        return people
    return f"{'number' if measure == 'persons' else 'share'} of {people}"


def _arrivals_words(
    own: pd.DataFrame, quantity: str, measure: str, least: float
) -> Callable[[int], str]:
    values, flags = own["value"].to_numpy(float), own["flags"].to_numpy()
    dates = own[["year_from", "year_to"]].fillna("").to_numpy()

    def words(i: int) -> str:
        years = "-".join(dict.fromkeys(year for year in dates[i] if year))
        when = f" {years}" if years else ""
        if np.isnan(values[i]):
            return f"change of the {quantity}{when} unknown{_why_missing(flags[i]) or ': no value'}"
        text = _number(values[i], least)
        moved = f"fell by {text.removeprefix('-')}" if values[i] < 0 else f"rose by {text}"
        changed = f"{moved} {measure}" if values[i] else "did not change"
        return f"{quantity} {changed}{when}, the case asks for at least {_number(least)}"

    return words


def _reception_check(
    asked: Mapping[str, Any], found: pd.Series, period: local.Period, given: bool
) -> _Check:
    answers, when = found.to_numpy(), period.written

    def words(i: int) -> str:
        if answers[i] == UNKNOWN:
            why = "the table does not say it of all that time" if given else "no table given"
            return f"reception centre or facility {when} unknown: {why}"
        return f"no reception centre or facility {when}, and the case requires one"

    state = _state(answers == local.YES, answers == UNKNOWN)
    return _Check("reception_check", state, words, asked["unknown"])


def _region_check(asked: list[str], table: pd.DataFrame) -> _Check:
    for region in asked:
        if region not in set(table["region"]):
            raise GeographyError(
                f"`selection.candidates.regions` names the region '{region}', in which no unit of the case "
                f"lies{nearest(region, table['region'].unique())}; its regions are "
                f"{listing(sorted(table['region'].unique()), 30)}."
            )
    code, name = table["region"].to_numpy(), table["region_name"].to_numpy()
    return _Check(
        "region_check",
        _state(np.isin(code, asked)),
        lambda i: f"region {name[i]} ({code[i]}) is not among {', '.join(asked)}",
    )


def _politics_check(
    asked: Mapping[str, Any],
    tradition: pd.Series,
    table: pd.DataFrame | None,
    period: local.Period,
) -> _Check:
    wanted = asked.get("traditions")
    there = [] if table is None else sorted(table["tradition"].unique())
    for label in wanted or []:
        if there and label not in there:
            raise DataError(
                f"`selection.candidates.politics.traditions` names '{label}', which no row of the table has"
                f"{nearest(label, there)}; its traditions are {listing(there, 30)}."
            )
    labels = tradition.to_numpy()

    def words(i: int) -> str:
        if not labels[i]:
            why = "no table given" if table is None else "no row of the table"
            return f"local politics {period.written} unknown: {why}"
        return f"local tradition {labels[i]} is not among {', '.join(wanted)}"

    passes = np.isin(labels, wanted) if wanted else np.ones(len(labels), dtype=bool)
    return _Check("politics_check", _state(passes, labels == ""), words, asked["unknown"])


def _number(value: float, bound: float | None = None) -> str:
    """Return a figure with three digits, or more where fewer would put it on or beyond ``bound``.

    Thousands are parted by commas; digits before the point are never cut.
    """
    if float(value).is_integer():
        return f"{int(value):,}"
    first = 2 - int(np.floor(np.log10(abs(value))))
    for decimals in range(max(first, 0), 17):
        text = f"{value:,.{decimals}f}"
        shown = float(text.replace(",", ""))
        if bound is None or (shown < bound, shown > bound) == (value < bound, value > bound):
            return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(float(value))
