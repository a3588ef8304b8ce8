"""From observations to the figures of a case on its one dated geography."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import geography
from smstra.sources.registers import load_changes


def harmonised_figures(
    settings: Mapping[str, Any],
    observations: Iterable[pd.DataFrame],
    towns: pd.DataFrame,
    root: Path = Path(),
) -> pd.DataFrame:
    """Return the figures that a case uses on its geography; ``settings`` as :func:`job_settings.units`."""
    block, datasets = settings["case"]["geography"], settings["datasets"]
    changes = load_changes(block.get("changes"), datasets, settings["pins"], root)
    table = pd.concat([t[t["variable"].isin(settings["used"])] for t in observations])
    return geography.harmonise(table, towns, changes, block, settings["variables"])
