"""The verdicts on figures in print, and what stands beside each."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from smstra.audit.published_documents import Figure
from smstra.audit.published_numbers import shown

REPRODUCED = "reproduced"
ANOTHER = "reproduced under another definition or year"
DIFFERS = "differs"
CONTRADICTS = "contradicts itself or another figure"
NO_DATA = "no open data"
NEEDS_MAPPING = "needs the private mapping"
VERDICTS = (REPRODUCED, ANOTHER, DIFFERS, CONTRADICTS, NO_DATA, NEEDS_MAPPING)


@dataclass(frozen=True)
class Outcome:
    """A verdict, the numbers behind it (NaN where there is none), and a sentence."""

    verdict: str
    sentence: str
    recomputed: float = math.nan
    difference: float = math.nan
    tolerance: float = math.nan
    matched: str = ""
    lineage: str = ""
    unit: str = ""

    def columns(self) -> dict[str, Any]:
        """Return the columns of the table that it fills, the unit of measure left out."""
        made = dataclasses.asdict(self)
        del made["unit"]
        # As many digits as two machines agree on: quotients and roots end in noise.
        for name in ("recomputed", "difference", "tolerance"):
            made[name] = float(f"{made[name]:.10g}") + 0.0
        return made

    def seen_from(self, tolerance: float, check: str) -> Outcome:
        """Return the outcome of a check as that of the figure that it is about."""
        return dataclasses.replace(
            self, tolerance=tolerance, sentence=f"{self.sentence} (The check '{check}'.)"
        )


def in_print(figure: Figure) -> str:
    """Return how a sentence begins: what is printed."""
    return f"{figure.entry['where']} prints {said(figure)}"


def said(figure: Figure) -> str:
    """Return a figure as printed, with its unit."""
    return f"{figure.entry['printed']} {figure.unit}".rstrip()


def a_value(value: float, figure: Figure) -> str:
    """Return a recomputed value with one digit more than in print, and the unit of the figure."""
    return f"{shown(value, digits(figure, value))} {figure.unit}".rstrip()


def digits(figure: Figure, value: float) -> int:
    """Return how many decimals tell a value from the figure in print; none more of thousands."""
    return figure.number.decimals + (abs(value) < 1000)
