"""All stages of a case in memory, from its pinned files to its types."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from smstra import aggregate_checks, job_settings
from smstra.config import Settings
from smstra.lookup import Figures
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of


def types_of(case: str, settings: Settings, root: Path = Path()) -> pd.DataFrame:
    """Return the typology of ``case`` from its pinned files, all in memory."""
    observed = []
    for name in settings.cases[case]["datasets"]:
        part = job_settings.observations(settings, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], root)
        )
    part = job_settings.units(settings, case)
    towns = units_of(part, root)
    figures = Figures(harmonised_figures(part, observed, towns, root))
    part = job_settings.checks(settings, case)
    aggregate_checks.run(part["case"], figures, towns, part["variables"])
    values, _ = indicators_of(job_settings.indicators(settings, case), figures, towns)
    _, table = typology_of(job_settings.typology(settings, case), figures, towns, values)
    return table
