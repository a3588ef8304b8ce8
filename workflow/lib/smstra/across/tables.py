"""The tables of a comparison as they are read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from smstra import csvio
from smstra.selection.sets import SCORES

# Those that every comparison has; `sets` and `set_conflicts` only where sets are asked for.
ALWAYS = ("cases", "counts", "criteria", "schemes", "answers")
SETS = ("sets", "set_conflicts")
# The columns that are numbers, beside those that csvio knows.
NUMBERS = (
    "share",
    "with_type",
    "candidates",
    "lowest",
    "highest",
    "lower_quartile",
    "median",
    "upper_quartile",
    "units_yes",
    "units_no",
    "units_unknown",
    "inhabitants",
    "typicality",
    "typicality_in_case",
    "probability",
    *SCORES,
)


def read(paths: Mapping[str, Path]) -> dict[str, pd.DataFrame]:
    """Return tables by name, numbers as float, all else as text."""
    return {name: csvio.read(path, NUMBERS) for name, path in paths.items()}
