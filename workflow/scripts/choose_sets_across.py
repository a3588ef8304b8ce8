"""Rule choose_sets_across: the best sets of towns across cases, or the constraints that leave none."""

from pathlib import Path

from smstra import csvio
from smstra.across import sets
from smstra.jobs import job, settings_of
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES


def run(settings: dict, candidates: dict[str, Path], chosen: Path, conflicts: Path) -> str:
    """Write the sets, or the conflict; return what there is to say."""
    tables = {name: csvio.read(path, OF_CANDIDATES) for name, path in candidates.items()}
    found, conflict = sets.select(settings["sets"], tables, settings["titles"])
    csvio.write(found, chosen)
    csvio.write(conflict, conflicts)
    if found.empty:
        return "no set of towns fits: " + "; ".join(conflict["says"])
    more = ", and there are more" if found["others_exist"].any() else ""
    return f"the best {found['set'].nunique()} sets of towns across cases, proven{more}"


if "snakemake" in globals():
    with job(snakemake) as say:
        say(
            run(
                settings_of(snakemake),
                # results/<case>/selection/candidates.csv
                {Path(path).parts[1]: Path(path) for path in snakemake.input.candidates},
                Path(snakemake.output.sets),
                Path(snakemake.output.conflicts),
            )
        )
