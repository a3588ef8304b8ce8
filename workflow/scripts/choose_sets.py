"""Rule choose_sets: the best sets of towns, or the constraints that leave none."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.selection import sets
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES
from smstra.selection.places import places_of


def run(
    settings: dict, candidates: Path, units: Path, selection: Path, conflicts: Path
) -> list[str]:
    """Write the sets, or the conflict; return what there is to say."""
    block = settings["case"]["selection"]
    table = csvio.read(candidates, OF_CANDIDATES)
    places = places_of(settings, csvio.read(units)) if settings["datasets"] else None
    chosen, conflict = sets.select(block["sets"], table, places.table if places else None)
    csvio.write(chosen, selection)
    csvio.write(conflict, conflicts)
    lacking = [f"{len(places.without)} units have no place"] if places and places.without else []
    if chosen.empty:
        found = "no set of towns fits: " + "; ".join(conflict["says"])
    else:
        more = ", and there are more" if chosen["others_exist"].any() else ""
        found = f"the best {chosen['set'].nunique()} sets of towns, proven{more}"
    if not (table["candidate"] == "pass").any():
        checks = [name for name in table if name.endswith("_check")]
        fails = {name: int((table[name] != "pass").sum()) for name in checks}
        found += "; no unit is a candidate: " + ", ".join(
            f"{number} do not pass {name}" for name, number in fails.items() if number
        )
    return [found, *lacking]


if "snakemake" in globals():
    with job(snakemake) as say:
        for line in run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("candidates", "units")),
            *(Path(snakemake.output[key]) for key in ("selection", "conflicts")),
        ):
            say(f"{snakemake.wildcards.case}: {line}")
