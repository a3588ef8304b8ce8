"""Hold the figures that documents print against official figures and against one another.

A figure is recomputed under the definition and at the date that its document names. Where that does not
give what is printed, the other definitions and the neighbouring years that its recipe lists are tried,
the nearest first, before it is said to differ. The tolerance is that of the digits printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.audit import published_checks
from smstra.audit.published_documents import Figure, Published
from smstra.audit.published_numbers import shown
from smstra.audit.published_outcomes import (
    ANOTHER,
    CONTRADICTS,
    DIFFERS,
    NEEDS_MAPPING,
    NO_DATA,
    REPRODUCED,
    Outcome,
    a_value,
    digits,
    in_print,
)
from smstra.audit.published_values import Cells, Country, Official, moved

COLUMNS = [
    "id",
    "document",
    "section",
    "about",
    "indicator",
    "period",
    "printed",
    "unit_of_measure",
    "recomputed",
    "difference",
    "tolerance",
    "verdict",
    "matched",
    "lineage",
    "sentence",
]


def check(published: Published, country: Country, cells: Cells) -> pd.DataFrame:
    """Return a row for every figure and every check of the documents about the case's country.

    Parameters
    ----------
    published
        The documents, as :func:`smstra.audit.published_documents.load`.
    country
        The harmonised figures of the case.
    cells
        Where these stand in the snapshots.

    Returns
    -------
    DataFrame
        ``COLUMNS``. ``recomputed`` less what is printed is ``difference``, in ``unit_of_measure``; from a
        bound or a range it is the distance, 0 within. ``tolerance`` is half a unit of the last digit
        printed; for a check, with the rounding of all figures that go in. ``matched`` is the definition,
        date and level that reproduce the figure. Nothing in it is of an anonymised locality but what
        the documents print.
    """
    outcomes = {
        name: published_checks.outcome(document, entry, published, country, cells)
        for document, name, entry in published.checks()
    }
    contradicting = [name for name, out in outcomes.items() if out.verdict == CONTRADICTS]
    rows = []
    for figure in published.figures.values():
        rows.append(_row(figure, _in_the_open(figure, outcomes, country, cells)))
        doubts = [
            f"'{name}'"
            for _, name, entry in published.checks()
            if name in contradicting
            and figure.id in published_checks.figures_of(entry)
            and figure.entry["recipe"].get("check") != name
        ]
        if doubts:
            plural = "s" if len(doubts) > 1 else ""
            rows[-1]["sentence"] += (
                f" A contradiction is found by the check{plural} {', '.join(doubts)}."
            )
    for _, name, entry in published.checks():
        compared = [published.figures[i] for i in published_checks.figures_of(entry)]
        rows.append(
            {
                "id": name,
                "document": _distinct(f.document.name for f in compared),
                "section": _distinct(f.entry["where"] for f in compared),
                "about": _distinct(f.entry["about"] for f in compared),
                "indicator": f"check: {published_checks.KINDS[entry['kind']]}",
                "period": _distinct(f.entry.get("period", "") for f in compared),
                "printed": published_checks.printed_in(entry, published),
                "unit_of_measure": outcomes[name].unit,
                **outcomes[name].columns(),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def check_private(
    published: Published, country: Country, cells: Cells, mapping: Mapping[str, str]
) -> pd.DataFrame:
    """Return a row for every figure about a locality of ``mapping`` (locality: code of the unit).

    The table shows which units were meant: it is for the user's eyes. ``COLUMNS`` as of :func:`check`.
    """
    rows = []
    for figure in published.figures.values():
        recipe, area = figure.entry["recipe"], figure.entry.get("area", {})
        if recipe["kind"] == "needs_mapping" and area["locality"] in mapping:
            unit = {"unit": mapping[area["locality"]]}
            rows.append(_row(figure, _by_official(figure, unit, country, cells)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(figure: Figure, outcome: Outcome) -> dict[str, Any]:
    entry = figure.entry
    return {
        "id": figure.id,
        "document": figure.document.name,
        "section": entry["where"],
        "about": entry["about"],
        "indicator": entry["indicator"],
        "period": entry.get("period", ""),
        "printed": entry["printed"],
        "unit_of_measure": figure.unit,
        **outcome.columns(),
    }


def _distinct(texts: Any) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _in_the_open(
    figure: Figure, outcomes: Mapping[str, Outcome], country: Country, cells: Cells
) -> Outcome:
    """Return what can be said of a figure without knowing which units the localities are."""
    recipe = figure.entry["recipe"]
    kind, because = recipe["kind"], recipe["because"]
    if kind == "arithmetic":
        return outcomes[recipe["check"]].seen_from(figure.number.tolerance, recipe["check"])
    tolerance = figure.number.tolerance
    if kind == "no_open_data":
        return Outcome(NO_DATA, f"{in_print(figure)}: {because}.", tolerance=tolerance)
    if kind == "needs_mapping":
        said = (
            f"{in_print(figure)}: {figure.entry['about']} is anonymised, so which official figure to compare "
            f"is known only from a private mapping; {because}."
        )
        return Outcome(NEEDS_MAPPING, said, tolerance=tolerance)
    return _by_official(figure, figure.entry["area"], country, cells)


def _by_official(
    figure: Figure, area: Mapping[str, str], country: Country, cells: Cells
) -> Outcome:
    recipe, number = figure.entry["recipe"], figure.number
    if not country.has(area):
        said = (
            f"{in_print(figure)}: the tables of this case have no such area; {recipe['because']}."
        )
        return Outcome(NO_DATA, said, tolerance=number.tolerance)
    stated, tried, match = _search(figure, area, country)
    if match is not None:
        return _matched(figure, stated, tried, match, cells)
    nearest = min(tried, key=lambda o: abs(number.difference(o.value)), default=None)
    if stated is None or nearest is None:
        return _not_to_be_had(figure, tried, nearest)
    return _differing(figure, stated, tried, nearest, cells)


def _matched(
    figure: Figure,
    stated: Official | None,
    tried: list[Official],
    match: Official,
    cells: Cells,
) -> Outcome:
    number, as_stated = figure.number, match is stated
    told = f"{in_print(figure)}; {match.named} gives {a_value(match.value, figure)}"
    if not as_stated:
        told += (
            f", match number {len(tried)} of {len(tried)} tried, the nearest first"
            if len(tried) > 1
            else ", the first that could be had"
        )
        told += _instead(stated, figure)
    if not number.exact:
        told += "; a bound or a range in print is met by many values"
    if not as_stated:
        told += "; found by searching, it is weaker evidence than a match at once"
    return Outcome(
        REPRODUCED if as_stated else ANOTHER,
        f"{told}.",
        recomputed=match.value,
        difference=number.difference(match.value),
        tolerance=number.tolerance,
        matched=match.named,
        lineage=cells.of(match.rows),
    )


def _not_to_be_had(figure: Figure, tried: list[Official], nearest: Official | None) -> Outcome:
    """Return that the definition and date in print are in no table; what was tried instead is said."""
    told = f"{in_print(figure)}: {figure.entry['recipe']['because']}"
    if nearest is not None:
        told += (
            f". {_count(tried)} other than the one in print could be tried and "
            f"{'does not match' if len(tried) == 1 else 'none matches'}; the nearest is "
            f"{a_value(nearest.value, figure)} ({nearest.named})"
        )
    return Outcome(NO_DATA, f"{told}.", tolerance=figure.number.tolerance)


def _differing(
    figure: Figure, stated: Official, tried: list[Official], nearest: Official, cells: Cells
) -> Outcome:
    number, recipe = figure.number, figure.entry["recipe"]
    # Where no year is printed, the year that is kindest to the document counts.
    best = stated if recipe.get("year_in_print", True) else nearest
    difference = number.difference(best.value)
    told = (
        f"{in_print(figure)}, but {best.named} gives {a_value(best.value, figure)}, "
        f"{shown(abs(difference), digits(figure, difference))} {'more' if difference > 0 else 'less'}"
    )
    if math.isfinite(number.tolerance):
        told += f" (tolerance {shown(number.tolerance, digits(figure, number.tolerance))})"
    told += f"; of {_count(tried)} tried none matches"
    if nearest is not best:
        told += f", the nearest being {a_value(nearest.value, figure)} ({nearest.named})"
    return Outcome(
        DIFFERS,
        f"{told}; {recipe['because']}.",
        recomputed=best.value,
        difference=difference,
        tolerance=number.tolerance,
        lineage=cells.of(best.rows),
    )


def _instead(stated: Official | None, figure: Figure) -> str:
    if stated is None:
        return "; the definition and date in print cannot be had"
    if not figure.entry["recipe"].get("year_in_print", True):
        return f"; no year is in print, and {stated.named} gives {a_value(stated.value, figure)}"
    return f"; {stated.named}, as in print, gives {a_value(stated.value, figure)}"


def _count(tried: list[Official]) -> str:
    return "1 definition or year" if len(tried) == 1 else f"{len(tried)} definitions and years"


def _search(
    figure: Figure, area: Mapping[str, str], country: Country
) -> tuple[Official | None, list[Official], Official | None]:
    """Try definitions and years, the nearest first, up to the first that gives what is printed.

    A step in the list of definitions counts as much as a year; of two equally near the definition that
    stands first wins, then the earlier year.

    Returns
    -------
    tuple
        The value as the document states it (where no year is printed: the first by its definition),
        all values that could be had in the order tried, and the match.
    """
    recipe = figure.entry["recipe"]
    own = recipe.get("as_printed", [])
    names = [*own, *recipe.get("otherwise", [])]
    around = recipe.get("years_around", 0)
    steps = [
        (place + abs(years), place, years)
        for place in range(len(names))
        for years in range(-around, around + 1)
    ]
    stated, tried = None, []
    for _, place, years in sorted(steps):
        found = country.official(
            names[place],
            figure.document.definitions[names[place]],
            area,
            _dates(recipe, years),
        )
        if found is None:
            continue
        tried.append(found)
        known_year = recipe.get("year_in_print", True)
        if stated is None and names[place] in own and (years == 0 or not known_year):
            stated = found
        if figure.number.holds(found.value):
            return stated, tried, found
    return stated, tried, None


def _dates(recipe: Mapping[str, Any], years: int) -> list[str]:
    if "date" in recipe:
        return [moved(recipe["date"], years)]
    start = recipe["from"] if recipe.get("moves") == "to" else moved(recipe["from"], years)
    return [start, moved(recipe["to"], years)]
