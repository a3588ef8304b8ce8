"""Rule draw_typology: quadrants, map, types under every scheme, cells and probabilities."""

from dataclasses import replace
from pathlib import Path

from smstra.boundaries import boundaries_of
from smstra.figures import family, typology_figures
from smstra.figures.material import load
from smstra.jobs import job, settings_of
from smstra.robustness import intervals, probabilities, schemes, verdicts

TABLES = ("typology", "indicators", "sufficiency", "units")
# Of a case with the block `robustness` only.
ROBUSTNESS_TABLES = ("intervals", "probabilities", "schemes", "combinations", "verdicts")
NUMBERS = {
    "intervals": intervals.NUMBERS,
    "probabilities": probabilities.NUMBERS,
    "schemes": schemes.NUMBERS,
    "verdicts": verdicts.NUMBERS,
}


def run(settings: dict, towns: Path, tables: dict[str, Path], words: Path) -> None:
    """Write the figures beside ``words``, the list of what they say."""
    material = load(settings, towns, tables, NUMBERS)
    borders = settings["case"]["figures"].get("map", {}).get("boundaries")
    if borders:
        key, units = "figures.map.boundaries", material.tables["units"]
        found = boundaries_of(borders, key, settings, units)
        material = replace(material, tables={**material.tables, "boundaries": found.table})
    family.write(typology_figures.FIGURES, material, words.parent, words)


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        run(
            settings_of(snakemake),
            Path(given.towns),
            {name: Path(given[name]) for name in TABLES + ROBUSTNESS_TABLES if given.get(name)},
            Path(snakemake.output.words),
        )
        say(f"{snakemake.wildcards.case}: figures on types")
