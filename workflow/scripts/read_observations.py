"""Rule read_observations: the pinned files of a dataset, as they are described, to tidy observations."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.sources.tables import observations_of


def run(dataset: str, settings: dict, output: Path, root: Path = Path()) -> int:
    """Write the observations of ``dataset``; return how many there are."""
    table = observations_of(
        dataset, settings["datasets"], settings["pins"], settings["variables"], root
    )
    csvio.write(table, output)
    return len(table)


if "snakemake" in globals():
    with job(snakemake) as say:
        number = run(
            snakemake.wildcards.dataset,
            settings_of(snakemake),
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.dataset}: {number:,} observations")
