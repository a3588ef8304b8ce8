"""Rule read_observations: one pinned table, as its dataset is described, to tidy observations."""

from pathlib import Path

from smstra import csvio, snapshots
from smstra.jobs import job, settings_of
from smstra.sources.registers import join_registers, load_frame
from smstra.sources.tables import read_observations


def run(dataset: str, settings: dict, output: Path, root: Path = Path()) -> int:
    """Write the observations of ``dataset``; return how many there are."""
    entry, datasets, pins = settings["datasets"][dataset], settings["datasets"], settings["pins"]
    units = None
    if "code_lists" in entry:
        units = join_registers(entry["code_lists"], entry.get("code_changes"), datasets, pins, root)
    frame = load_frame(dataset, datasets, pins, root)
    table = read_observations(dataset, entry, frame, settings["variables"], units)
    pin = snapshots.pin_of(pins, dataset, entry["vintage"])
    snapshots.check_dates(pin, table["date"].min(), table["date"].max())
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
