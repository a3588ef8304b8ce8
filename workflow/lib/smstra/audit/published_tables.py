"""What the check of published figures reads: documents, figures of the case, where these stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import csvio
from smstra.audit.published_documents import Published, load
from smstra.audit.published_values import Cells, Country
from smstra.lookup import Figures
from smstra.stages.harmonised import harmonised_figures


def read(
    settings: Mapping[str, Any],
    documents: list[Path],
    harmonised: Path,
    units: Path,
    observations: Mapping[str, Path],
    root: Path = Path(),
) -> tuple[Published, Country, Cells]:
    """Return the documents about the case's country, its figures, and their cells in the snapshots.

    A variable that a document names and no other part of the case uses is not in ``harmonised``: it
    is brought to the case's geography from ``observations`` (dataset: file).

    ``settings`` as :func:`smstra.job_settings.published`. Errors as
    :func:`smstra.audit.published_documents.load`, and GeographyError as the harmonising of a case.
    """
    case, variables = settings["case"], settings["variables"]
    geography = case["geography"]
    published = load(documents, variables, case["country"], geography["code_system"])
    table, towns = csvio.read(harmonised), csvio.read(units)
    lacking = published.variables(variables) - set(table["variable"])
    held = [name for name in case["datasets"] if lacking & _held(settings["datasets"][name])]
    if held:
        raw = [csvio.read(observations[name]) for name in held]
        more = harmonised_figures({**settings, "used": sorted(lacking)}, raw, towns, root)
        table = pd.concat([table, more], ignore_index=True)
    country = Country(case, Figures(table), towns, variables)
    return published, country, Cells(settings["datasets"], settings["pins"])


def _held(dataset: Mapping[str, Any]) -> set[str]:
    return set(dataset.get("variables", {}))
