"""Checks of printed figures among themselves: arithmetic, parts and totals, a rule against its use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from smstra.audit.published_documents import FIGURES_OF_CHECK, Document, Figure, Published
from smstra.audit.published_numbers import Span, shown
from smstra.audit.published_outcomes import CONTRADICTS, NO_DATA, REPRODUCED, Outcome, said
from smstra.audit.published_values import Cells, Country, Official, yearly_growth
from smstra.vocabulary import as_list

# What each kind checks, for the table.
KINDS = {
    "product": "a product",
    "growth": "a yearly growth",
    "sum_of_parts": "parts and total",
    "same_quantity": "one quantity, two figures",
    "within_class": "inhabitants and size class",
    "against_rule": "a rule and its use",
    "ratio": "a share",
    "statements": "words and figure",
    "one_threshold": "one rule, two localities",
}


def figures_of(check: Mapping[str, Any]) -> list[str]:
    """Return the ids of the figures that a check compares, each once."""
    named = [
        name for key in FIGURES_OF_CHECK[check["kind"]] for name in as_list(check.get(key, []))
    ]
    return list(dict.fromkeys(named))


def printed_in(check: Mapping[str, Any], published: Published) -> str:
    """Return what the figures of a check say in print, with their ids."""
    return "; ".join(
        f"{name}: {published.figures[name].entry['printed']}" for name in figures_of(check)
    )


def outcome(
    document: Document,
    check: Mapping[str, Any],
    published: Published,
    country: Country,
    cells: Cells,
) -> Outcome:
    """Return the outcome of one check.

    Each figure stands for all values that would be printed so; the check contradicts only if none of
    them fit together. ``recomputed`` is made of the figures as printed, ``tolerance`` is how far their
    rounding can move the difference.
    """
    figures = [published.figures[name] for name in figures_of(check)]
    match check["kind"]:
        case "product":
            found = _product(check, figures)
        case "growth":
            found = _growth(check, figures)
        case "sum_of_parts":
            found = _sum_of_parts(check, figures)
        case "same_quantity":
            return _same_quantity(document, check, figures, country)
        case "within_class":
            found = _within_class(document, check, figures, published)
        case "against_rule":
            found = _against_rule(document, check, figures, published)
        case "ratio":
            return _ratio(document, check, figures, country, cells)
        case "statements":
            return _statements(document, check, figures[0], country, cells)
        case "one_threshold":
            found = _one_threshold(check, figures)
    return _with_lineage(found, figures)


def _with_lineage(found: Outcome, figures: list[Figure], more: str = "") -> Outcome:
    lineage = "; ".join([*(figure.cell for figure in figures), *([more] if more else [])])
    columns = found.columns() | {"lineage": lineage, "unit": found.unit}
    return Outcome(**columns)


def _compared(
    check: Mapping[str, Any],
    made: Span,
    wanted: Figure,
    lead: str,
    more: str = "",
    decimals: int | None = None,
) -> Outcome:
    """Return the outcome of a value made of printed figures, ``made``, against the one in print."""
    number = wanted.number
    agrees = number.meets(made.low, made.high)
    difference = number.difference(made.at)
    tolerance = made.tolerance + (number.tolerance if number.exact else 0)
    digits = number.decimals + 1 if decimals is None else decimals
    told = f"{lead} {shown(made.at, digits)}"
    if made.tolerance > 0 and shown(made.low, digits) != shown(made.high, digits):
        ends = f"{shown(made.low, digits)} to {shown(made.high, digits)}"
        told += f" (by the digits and ranges that go in, {ends})"
    told += f", which {'agrees' if agrees else 'does not agree'} with {said(wanted)} in print"
    if not agrees and number.exact:
        told += f", {shown(abs(difference), digits)} {'less' if difference > 0 else 'more'}"
    return Outcome(
        REPRODUCED if agrees else CONTRADICTS,
        f"{told}{more}; {check['because']}.",
        recomputed=made.at,
        difference=difference,
        tolerance=tolerance,
        unit=wanted.unit,
    )


def _times(figures: list[Figure]) -> Span:
    """Return the product of figures, none of them negative."""
    low = math.prod(max(figure.number.low, 0) for figure in figures)
    high = math.prod(figure.number.high for figure in figures)
    return Span(low, high, math.prod(figure.number.at for figure in figures))


def _multiplied(figures: list[Figure]) -> str:
    return " x ".join(figure.entry["printed"] for figure in figures)


def _product(check: Mapping[str, Any], figures: list[Figure]) -> Outcome:
    *factors, wanted = figures
    return _compared(check, _times(factors), wanted, f"{_multiplied(factors)} is", decimals=0)


def _growth(check: Mapping[str, Any], figures: list[Figure]) -> Outcome:
    first, last, wanted = figures
    years = check["periods"]
    made = Span(
        yearly_growth(first.number.high, last.number.low, years),
        yearly_growth(first.number.low, last.number.high, years),
        yearly_growth(first.number.at, last.number.at, years),
    )
    more = ""
    if not wanted.number.meets(made.low, made.high):
        ways = {
            "compound growth over one year less": (first, last, years - 1),
            "compound growth over one year more": (first, last, years + 1),
        }
        others = {
            words: yearly_growth(a.number.at, b.number.at, n) for words, (a, b, n) in ways.items()
        }
        whole = (last.number.at / first.number.at - 1) * 100
        others["the whole growth divided by the years"] = whole / years
        others["growth in logarithms"] = 100 * math.log(last.number.at / first.number.at) / years
        fitting = [words for words, value in others.items() if wanted.number.holds(value)]
        more = (
            f"; {fitting[0]} would give it"
            if fitting
            else f"; none of {len(others)} other ways to reckon it gives it "
            f"({', '.join(f'{words} {shown(v, wanted.number.decimals + 1)}' for words, v in others.items())})"
        )
    lead = f"From {said(first)} to {said(last)} in {years} years the compound growth a year is"
    return _compared(check, made, wanted, lead, more)


def _sum_of_parts(check: Mapping[str, Any], figures: list[Figure]) -> Outcome:
    parts = [f for f in figures if f.id in check["parts"]]
    low = math.fsum(part.number.low for part in parts)
    high = math.fsum(part.number.high for part in parts)
    middle = math.fsum(part.number.at for part in parts)
    if "total" in check:
        wanted = next(f for f in figures if f.id == check["total"])
        total, unit, text = wanted.number, wanted.unit, said(wanted)
    else:
        value = float(check["total_is"])
        total, unit = Span(value, value, value), parts[0].unit
        text = f"{shown(value, 0)} {unit}".rstrip()
    whole = check["parts_are"] == "all"
    agrees = total.meets(low, high) if whole else low <= total.high
    digits = max([total.decimals, *(part.number.decimals for part in parts)])
    rest = total.at - middle
    sums = " + ".join(part.entry["printed"] for part in parts)
    told = f"{sums} is {shown(middle, digits)}" if len(parts) > 1 else f"The part is {sums}"
    told += f", against {text} in all"
    if whole:
        told += (
            ""
            if agrees
            else f": {shown(abs(rest), digits)} {'are in no part' if rest > 0 else 'too many'}"
        )
    else:
        told += (
            f", which leaves {shown(rest, digits)}"
            if agrees
            else f", which is less than the part{'s' if len(parts) > 1 else ''}"
        )
    return Outcome(
        REPRODUCED if agrees else CONTRADICTS,
        f"{told}; {check['because']}.",
        recomputed=middle,
        difference=middle - total.at,
        tolerance=(high - low) / 2 + (total.tolerance if total.exact else 0),
        unit=unit,
    )


def _same_quantity(
    document: Document, check: Mapping[str, Any], figures: list[Figure], country: Country
) -> Outcome:
    first, last = figures
    difference = last.number.at - first.number.at
    tolerance = first.number.tolerance + last.number.tolerance
    digits = max(first.number.decimals, last.number.decimals)
    told = f"{said(first)} ({_when(first)}) and {said(last)} ({_when(last)}) are printed of one quantity"
    if "yardstick" not in check:
        agrees = last.number.meets(first.number.low, first.number.high)
        told += ", and agree" if agrees else f", and are {shown(abs(difference), digits)} apart"
    else:
        entry = check["yardstick"]
        definition = document.definitions[entry["definition"]]
        changes = country.changes(definition, entry["level"], (entry["from"], entry["to"]))
        span = f"from {entry['from'][:4]} to {entry['to'][:4]}"
        what = f"{definition['words']} of {len(changes)} {entry['level']} figures"
        if changes.empty:
            told += f"; how far such a figure moved {span} is in no open data here"
            return _with_lineage(
                Outcome(NO_DATA, f"{told}; {check['because']}.", unit=last.unit), figures
            )
        least, most = changes.min(), changes.max()
        agrees = least - tolerance <= difference <= most + tolerance
        told += (
            f", a change of {shown(difference, digits)}; officially, {what} moved {span} by "
            f"{shown(least, digits + 1)} to {shown(most, digits + 1)}, so a change of that size "
            f"{'is among those seen' if agrees else 'is seen in none of them'}"
        )
    return _with_lineage(
        Outcome(
            REPRODUCED if agrees else CONTRADICTS,
            f"{told}; {check['because']}.",
            recomputed=first.number.at,
            difference=-difference,
            tolerance=tolerance,
            unit=last.unit,
        ),
        figures,
    )


def _when(figure: Figure) -> str:
    period = figure.entry.get("period")
    return f"{figure.entry['where']}, {period}" if period else figure.entry["where"]


def _within_class(
    document: Document, check: Mapping[str, Any], figures: list[Figure], published: Published
) -> Outcome:
    made = _times(figures) if len(figures) > 1 else figures[0].number
    name = check["class"].replace("_", " ")
    entry = published.size_class(document, check["class"])
    low, high = entry["min"], entry["max"]
    inside = low <= made.low and made.high < high
    outside = made.high <= low or made.low >= high
    lead = (
        f"{_multiplied(figures)} is {shown(made.at, 0)} inhabitants"
        if len(figures) > 1
        else (f"{said(figures[0])} are printed")
    )
    of_class = f"a {name}, {shown(low, 0)} to {shown(high, 0)}"
    if inside:
        told = f"{lead}, within the class of {of_class}"
    elif outside:
        told = f"{lead}, outside the class of {of_class}"
        for other, bounds in published.size_classes(document).items():
            if bounds["min"] <= made.at < bounds["max"] and math.isfinite(made.low):
                told += f"; by the rule that is a {other.replace('_', ' ')}"
    else:
        told = f"{lead}, which reach over a bound of the class of {of_class}, so cannot be outside it for sure"
    away = 0.0 if not outside else made.at - (low if made.at <= low else high)
    return Outcome(
        CONTRADICTS if outside else REPRODUCED,
        f"{told}; {check['because']}.",
        recomputed=made.at,
        difference=away,
        tolerance=made.tolerance,
        unit="inhabitants",
    )


def _against_rule(
    document: Document, check: Mapping[str, Any], figures: list[Figure], published: Published
) -> Outcome:
    number = figures[0].number
    classes = published.size_classes(document)

    def bounds(name: str) -> tuple[float, float]:
        return float(classes[name]["min"]), float(classes[name]["max"])

    wanted = bounds(check["class"])
    agrees = (number.low, number.high) == wanted
    name = check["class"].replace("_", " ")
    told = (
        f"{said(figures[0])} is called a {name}, which by the rule has {_span(wanted)} inhabitants"
    )
    if not agrees:
        same = [other for other in classes if bounds(other) == (number.low, number.high)]
        told += (
            f"; the rule calls that range a {same[0].replace('_', ' ')}"
            if same
            else "; the rule has no class of that range"
        )
    return Outcome(
        REPRODUCED if agrees else CONTRADICTS, f"{told}; {check['because']}.", unit="inhabitants"
    )


def _span(bounds: tuple[float, float]) -> str:
    return f"{shown(bounds[0], 0)} to {shown(bounds[1], 0)}"


def _one_threshold(check: Mapping[str, Any], figures: list[Figure]) -> Outcome:
    higher, lower = figures
    agrees = higher.number.high > lower.number.low
    told = (
        f"A threshold above {said(lower)} and up to {said(higher)} parts the two as the types ask"
        if agrees
        else f"No threshold is met by {said(higher)} and not by {said(lower)}"
    )
    return Outcome(
        REPRODUCED if agrees else CONTRADICTS,
        f"{told}; {check['because']}.",
        difference=higher.number.at - lower.number.at,
        tolerance=higher.number.tolerance + lower.number.tolerance,
        unit=higher.unit,
    )


def _official(
    document: Document, entry: Mapping[str, Any], country: Country
) -> tuple[str, Official | None]:
    """Return an official figure that a check names, and its definition in words."""
    definition = document.definitions[entry["definition"]]
    dates = [entry["date"]] if "date" in entry else [entry["from"], entry["to"]]
    found = None
    if country.has(entry["area"]):
        found = country.official(entry["definition"], definition, entry["area"], dates)
    return f"{definition['words']}, {' to '.join(dates)}", found


def _ratio(
    document: Document,
    check: Mapping[str, Any],
    figures: list[Figure],
    country: Country,
    cells: Cells,
) -> Outcome:
    above, wanted = figures
    words, base = _official(document, check["in"], country)
    if base is None:
        return _with_lineage(_no_data(check, words, wanted), figures)
    times = check.get("times", 100)
    made = Span(*(v * times / base.value for v in _ends(above.number)))
    lead = f"{said(above)} of {shown(base.value, 0)} ({base.named}) is"
    return _with_lineage(_compared(check, made, wanted, lead), figures, cells.of(base.rows))


def _ends(number: Span) -> tuple[float, float, float]:
    return number.low, number.high, number.at


def _no_data(check: Mapping[str, Any], words: str, figure: Figure) -> Outcome:
    told = f"{said(figure)} would be held against {words}, which is in no open data here"
    return Outcome(NO_DATA, f"{told}; {check['because']}.", unit=figure.unit)


def _statements(
    document: Document,
    check: Mapping[str, Any],
    figure: Figure,
    country: Country,
    cells: Cells,
) -> Outcome:
    words, official = _official(document, check["reference"], country)
    if official is None:
        return _with_lineage(_no_data(check, words, figure), [figure])
    number, digits = figure.number, figure.number.decimals
    difference = official.value - number.at
    told, holding = [], []
    for says in check["says"]:
        true = {
            "above": number.high > official.value,
            "below": number.low < official.value,
            "around": abs(difference) <= says.get("within", 0) + number.tolerance,
        }[says["relation"]]
        meant = f" (within {says['within']:g})" if "within" in says else ""
        holding.append(true)
        told.append(
            f"'{says['text']}'{meant} in {says['where']} {'holds' if true else 'does not hold'}"
        )
    side = "below" if difference > 0 else "above"
    sentence = (
        f"{said(figure)} is {shown(abs(difference), digits)} {side} the official "
        f"{shown(official.value, digits)} ({official.named}): {'; '.join(told)}; {check['because']}."
    )
    return _with_lineage(
        Outcome(
            REPRODUCED if all(holding) else CONTRADICTS,
            sentence,
            recomputed=official.value,
            difference=difference,
            tolerance=number.tolerance,
            matched=official.named,
            unit=figure.unit,
        ),
        [figure],
        cells.of(official.rows),
    )
