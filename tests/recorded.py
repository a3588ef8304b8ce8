"""Testland with its core results and their manifest, small enough to be verified a thousand times."""

from __future__ import annotations

import os
import runpy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tiny

from smstra import config, csvio, job_settings, source_list
from smstra.config import Settings
from smstra.indicators import plans
from smstra.lookup import Figures
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of
from smstra.textfiles import write_text

REPO = Path(__file__).resolve().parents[1]
CASE = Path("results/tl")
MANIFEST = CASE / "audit/manifest.jsonl"


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Run with ``folder`` as the working folder, as a job does."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def build(root: Path) -> Settings:
    """Write Testland with its tables, a folder of pages, and its manifest; return its settings."""
    tiny.build(root)
    shutil.copy(REPO / "pyproject.toml", root)
    # The package that runs is the repository's own; a copy of it would only be hashed.
    shutil.rmtree(root / "workflow/lib")
    for folder in ("envs", "report", "rules", "schemas", "scripts"):
        for path in sorted((root / "workflow" / folder).iterdir())[1:]:
            if path.name != "tables.smk":
                path.unlink()
    settings, _ = source_list.project(root=root)
    observed = {}
    for name in settings.cases["tl"]["datasets"]:
        part = job_settings.observations(settings, name)
        observed[name] = observations_of(
            name, part["datasets"], part["pins"], part["variables"], root
        )
        csvio.write(observed[name], root / f"results/observations/{name}.csv")
    part = job_settings.units(settings, "tl")
    towns = units_of(part, root)
    figures = Figures(harmonised_figures(part, observed.values(), towns, root))
    values, sufficiency = indicators_of(job_settings.indicators(settings, "tl"), figures, towns)[:2]
    typed = typology_of(job_settings.typology(settings, "tl"), figures, towns, values)
    made = {"units": towns, "indicators": values, "sufficiency": sufficiency}
    made |= {"references": typed[0], "typology": typed[1]}
    for name, table in made.items():
        csvio.write(table, root / CASE / f"{name}.csv")
    assert plans(settings.cases["tl"], figures, towns, settings.variables)
    write_text(config.dump("tl", settings), root / CASE / "config.resolved.yaml")
    write_text("<p>T01</p>\n", root / CASE / "profiles/T01.html")
    (root / CASE / "profiles/.snakemake_timestamp").touch()
    write(root, settings)
    return settings


def write(root: Path, settings: Settings) -> int:
    """Write the manifest of Testland as its rule does; return how many files it lists."""
    script = runpy.run_path(str(REPO / "workflow/scripts/write_manifest.py"))
    with working_in(root):
        outputs = [path.as_posix() for path in sorted(CASE.iterdir()) if path.name != "audit"]
        return script["run"](
            {**job_settings.manifest(settings, "tl"), "outputs": outputs},
            CASE / "config.resolved.yaml",
            MANIFEST,
            CASE / "audit/environment.json",
        )
