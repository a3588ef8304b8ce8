"""From indicators to references and the type of every unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra import size_classes
from smstra import typology as typology_
from smstra.indicators import plans
from smstra.lookup import Figures


def typology_of(
    settings: Mapping[str, Any], figures: Figures, towns: pd.DataFrame, values: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return references and typology; ``settings`` as :func:`job_settings.typology`."""
    thresholds, table, _ = typology_and_areas(settings, figures, towns, values)
    return thresholds, table


def typology_and_areas(
    settings: Mapping[str, Any], figures: Figures, towns: pd.DataFrame, values: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return :func:`typology_of`, and every area that went into each reference."""
    case, variables = settings["case"], settings["variables"]
    planned = plans(case, figures, towns, variables)
    thresholds, areas = typology_.references_and_areas(
        case, values, figures, towns, variables, planned
    )
    sizes = size_classes.of_units(case, figures, towns)
    return thresholds, typology_.classify(case, towns, values, thresholds, sizes), areas
