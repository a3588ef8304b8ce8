"""Rule harmonise: the figures that a case uses, brought to its one dated geography."""

from pathlib import Path

import pandas as pd

from smstra import csvio, geography
from smstra.jobs import job, settings_of
from smstra.sources.registers import load_changes


def run(
    settings: dict, observations: list[Path], units: Path, output: Path, root: Path = Path()
) -> None:
    """Write the harmonised figures of the variables that the case uses."""
    block, datasets = settings["case"]["geography"], settings["datasets"]
    changes = load_changes(block.get("changes"), datasets, settings["pins"], root)
    tables = [csvio.read(path) for path in observations]
    table = pd.concat([t[t["variable"].isin(settings["used"])] for t in tables])
    made = geography.harmonise(table, csvio.read(units), changes, block, settings["variables"])
    csvio.write(made, output)


if "snakemake" in globals():
    with job(snakemake) as say:
        run(
            settings_of(snakemake),
            [Path(path) for path in snakemake.input.observations],
            Path(snakemake.input.units),
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: figures brought to the case's geography")
