"""All tables of Testland in memory and as files, as pages and workbook read them, without Snakemake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import tiny

from smstra import (
    aggregate_checks,
    area_values,
    chosen_towns,
    config,
    csvio,
    job_settings,
    profiles,
)
from smstra.indicators import plans
from smstra.lookup import Figures
from smstra.robustness import verdicts
from smstra.robustness.intervals import intervals
from smstra.selection.candidates import candidates
from smstra.selection.sets import COLUMNS as OF_SETS
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of

PROFILES = """
locality_profiles: {look_alikes: 3, compared_by: [sf, density], distance: mahalanobis, among: units}
"""


class Land(NamedTuple):
    """The settings of the profiles and of the workbook, and all tables by name."""

    settings: dict[str, Any]
    whole: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def land_with(root: Path, towns: list[str]) -> Land:
    """Return Testland with ``towns`` chosen; the draws of probabilities are invented, as are schemes."""
    tiny.build(root, tiny.ROBUSTNESS + tiny.SELECTION + PROFILES)
    settings = config.load({"cases": ["tl"]}, root)
    case = settings.cases["tl"]
    observed = []
    for name in case["datasets"]:
        part = job_settings.observations(settings, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], root)
        )
    part = job_settings.units(settings, "tl")
    units = units_of(part, root)
    figures = Figures(harmonised_figures(part, observed, units, root))
    values, sufficiency = indicators_of(job_settings.indicators(settings, "tl"), figures, units)
    references, types = typology_of(job_settings.typology(settings, "tl"), figures, units, values)
    planned = plans(case, figures, units, settings.variables)
    bounds, draws = intervals(case, types, references), _draws(types)
    verdict = verdicts.verdicts(case, types, _schemes(types), draws, bounds)
    part = job_settings.candidates(settings, "tl")
    tables = {
        "units": units,
        "indicators": values,
        "sufficiency": sufficiency,
        "references": references,
        "typology": types,
        "towns": chosen_towns.table({"choose": "named", "units": towns}, types, units),
        "areas": area_values.compute(case, figures, units, settings.variables, planned, values),
        "intervals": bounds,
        "probabilities": draws,
        "verdicts": verdict,
        "candidates": candidates(part["case"], types, units, figures, values, verdict),
        "selection": pd.DataFrame(columns=OF_SETS),
        "overview": profiles.overview(case, types, values, units),
        "overview columns": profiles.columns(case, values, planned),
        "checks": aggregate_checks.run(case, figures, units, settings.variables),
    }
    return Land(
        _as_read(job_settings.locality_profiles(settings, "tl")),
        _as_read(job_settings.whole_case(settings, "tl")),
        tables,
    )


def written(tables: dict[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    """Write every table as the pipeline does; return the files by name."""
    files = {name: folder / f"{name.replace(' ', '_')}.csv" for name in tables}
    for name, table in tables.items():
        csvio.write(table, files[name])
    return files


def _as_read(part: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(part))


def _draws(types: pd.DataFrame) -> pd.DataFrame:
    table = types[["unit", "name", "type"]].copy()
    for type_ in ("A", "B", "C", "D", "mixed", "undetermined"):
        own = types["type"] == type_
        table[f"p_{type_}"] = own.map({True: 0.7, False: 0.3 if type_ == "mixed" else 0.0})
        table[f"se_{type_}"] = 0.03
    return table.assign(most_probable_type=types["type"], p_type=0.7, se_type=0.03, draws=200)


def _schemes(types: pd.DataFrame) -> pd.DataFrame:
    table = types[["unit", "name", "region", "type"]].copy()
    return table.assign(
        combinations=40,
        determined=40,
        agreeing=24,
        share_agreeing=60.0,
        modal_type=types["type"],
        modal_share=60.0,
        runner_up="mixed",
        runner_up_share=40.0,
    )
