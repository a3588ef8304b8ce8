"""The last lines of a run: counts by type for each case, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from smstra.typology import TYPES, counts

_WHERE = (
    ("typology.csv", "type, values, references, answers and flags of every unit"),
    ("profiles.csv, workbook.xlsx", "the overview of cases, as text and for Excel"),
    ("figures/", "quadrants and population_index as png, svg, pdf, with data and alt text"),
    ("sufficiency.csv", "what the data allowed; references.csv: the thresholds"),
    ("config.resolved.yaml", "every choice behind these results"),
)


def of_case(case: str, title: str, typology: pd.DataFrame) -> str:
    """Return a few lines: the counts by type and the files made."""
    number = counts(typology)
    marked = int((typology["flags"] != "").sum())
    width = max(len(name) for name, _ in _WHERE)
    return "\n".join(
        [
            f"{title} (case {case}): {len(typology)} units, in results/{case}/",
            "  types: " + "   ".join(f"{t} {number[t]}" for t in TYPES),
            f"  {marked} units carry a flag: substituted year, other level, break or missing input",
            *(f"  {name.ljust(width)}  {what}" for name, what in _WHERE),
        ]
    )


def joined(parts: Mapping[str, str]) -> str:
    """Return the summaries of all cases, in the order of the configuration."""
    return "\n\n".join(parts.values()) + "\n"
