"""Rule trace_values: the lineage of every value of a case, down to the rows of its sources."""

from pathlib import Path

from smstra.audit import lineage
from smstra.jobs import job, settings_of


def run(settings: dict, outputs: list[Path], output: Path) -> int:
    """Write the lineage of the files ``outputs`` of a case; return its size in bytes."""
    folder = output.parents[1]
    # A folder among the outputs, such as that of the profiles, stands for the pages in it.
    files = [
        file
        for path in outputs
        for file in (sorted(path.glob("*.html")) if path.is_dir() else [path])
    ]
    lineage.write(settings, folder, files, output)
    return output.stat().st_size


if "snakemake" in globals():
    with job(snakemake) as say:
        size = run(
            settings_of(snakemake),
            [Path(path) for path in (*snakemake.input.outputs, *snakemake.input.recorded)],
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: lineage of every value, {size / 1e6:.1f} MB")
