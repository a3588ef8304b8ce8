"""The last lines of a run: counts by type for each case, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra import answers
from smstra.outcomes import VERDICTS
from smstra.typology import TYPES, counts

_WHERE = (
    ("typology.csv", "type, values, references, answers and flags of every unit"),
    ("profiles.csv, workbook.xlsx", "the overview of cases, as text and for Excel"),
    ("report.html, explorer.html", "the report; turn a threshold and watch types change"),
    ("profiles/", "a page for each chosen town"),
    ("figures/", "demography, economy, housing, types: png, svg, pdf, data and alt text"),
    ("sufficiency.csv", "what the data allowed; references.csv: the thresholds"),
    ("config.resolved.yaml", "every choice behind these results"),
)
# In the place of those that name units.
_UNDER_PSEUDONYMS = {
    "report.html, explorer.html": ("report.html", "the report"),
    "config.resolved.yaml": ("config.resolved.yaml", "the choices behind it, without the towns"),
}
_HOW_SURE = (
    "robustness/verdicts.csv",
    "how sure each type is and why; beside it what that rests on",
)
_WHICH = ("selection/", "candidates with reasons, the best sets of towns, matched pairs")


def of_case(
    case: str,
    title: str,
    typology: pd.DataFrame,
    verdicts: pd.DataFrame | None = None,
    selection: pd.DataFrame | None = None,
    conflicts: pd.DataFrame | None = None,
    pseudonymised: Mapping[str, Any] | None = None,
) -> str:
    """Return a few lines: the counts by type, how sure they are, the best set, the files made.

    ``pseudonymised`` is the block of a case whose tables have pseudonyms.
    """
    number = counts(typology)
    marked = int((typology["flags"] != "").sum())
    where = [*_WHERE]
    if pseudonymised is not None:
        where = [_UNDER_PSEUDONYMS.get(name, (name, what)) for name, what in where]
        where.append((f"../private/{case}/", "names and exact values: not for publication"))
    where += [_HOW_SURE] if verdicts is not None else []
    where += [_WHICH] if selection is not None else []
    width = max(len(name) for name, _ in where)
    return "\n".join(
        [
            f"{title} (case {case}): {len(typology)} units, in results/{case}/",
            "  types: " + "   ".join(f"{t} {number[t]}" for t in TYPES),
            *(_single_criteria(typology) if answers.without_types(typology) else []),
            *([_how_sure(verdicts)] if verdicts is not None else []),
            *([_groups(case, pseudonymised)] if pseudonymised is not None else []),
            f"  {marked} units carry a flag: substituted year, other level, break or missing input",
            *([_best_set(selection, conflicts)] if selection is not None else []),
            *(f"  {name.ljust(width)}  {what}" for name, what in where),
        ]
    )


def _single_criteria(typology: pd.DataFrame) -> list[str]:
    said = []
    for criterion in answers.answered(typology):
        number = answers.counts(typology, criterion)
        said.append(
            f"  {criterion} by itself: "
            + "   ".join(f"{word or 'unknown'} {count}" for word, count in number.items())
        )
    return said


def _how_sure(verdicts: pd.DataFrame) -> str:
    number = verdicts["verdict"].value_counts()
    return "  verdicts: " + "   ".join(f"{word} {number.get(word, 0)}" for word in VERDICTS)


def _groups(case: str, spec: Mapping[str, Any]) -> str:
    return f"  pseudonyms: each value is that of at least {spec['k']} units; publish results/{case}/ only"


def _best_set(selection: pd.DataFrame, conflicts: pd.DataFrame) -> str:
    best = selection[selection["set"] == "1"]
    if best.empty:
        return "  no set of towns fits: " + "; ".join(conflicts["says"])
    typed = (best["type"] != "undetermined").any()
    towns = ", ".join(
        f"{name} ({type_})" if typed else name
        for name, type_ in zip(best["name"], best["type"], strict=True)
    )
    return f"  best of {selection['set'].nunique()} sets: {towns}"


def joined(parts: Mapping[str, str], comparison: str = "") -> str:
    """Return the summaries of all cases, in the order of the configuration, and a line on their comparison."""
    return "\n\n".join([*parts.values(), *([comparison] if comparison else [])]) + "\n"
