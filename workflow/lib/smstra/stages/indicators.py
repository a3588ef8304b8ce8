"""From figures to what the data allow and every indicator of every unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra import sufficiency
from smstra.indicators import compute, plans, terms
from smstra.lookup import Figures


def indicators_of(
    settings: Mapping[str, Any], figures: Figures, towns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return indicators and sufficiency table; ``settings`` as :func:`job_settings.indicators`."""
    table, found, _ = indicators_and_terms(settings, figures, towns)
    return table, found


def indicators_and_terms(
    settings: Mapping[str, Any], figures: Figures, towns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return :func:`indicators_of`, and what each indicator was computed from."""
    case, variables = settings["case"], settings["variables"]
    planned = plans(case, figures, towns, variables)
    table = compute(
        case, figures, towns, variables, settings["breaks"], planned, settings["compared"]
    )
    return table, sufficiency.report(planned, table, case, towns), terms(case, variables, planned)
