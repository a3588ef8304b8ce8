"""Rule map_schemes: the types of every unit under every combination of choices."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.robustness.choices import evaluate, to_table
from smstra.robustness.schemes import combinations_of, scheme_map


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    typology: Path,
    choices: Path,
    combinations: Path,
    schemes: Path,
) -> str:
    """Write choices, combinations and schemes; say how many combinations and choices there are."""
    case = settings["case"]
    made = evaluate(
        case,
        Figures(csvio.read(harmonised)),
        csvio.read(units),
        settings["variables"],
        settings["breaks"],
    )
    combined = combinations_of(made)
    list_types = case["robustness"]["list_types"]
    by_unit, by_combination = scheme_map(made, combined, csvio.read(typology), list_types)
    csvio.write(to_table(made), choices)
    csvio.write(by_combination, combinations)
    csvio.write(by_unit, schemes)
    able = made.table[made.table["available"]]
    different = int((able["same_as"] == "").sum())
    return f"{len(combined)} combinations of {len(able)} choices, {different} of them with answers of their own"


if "snakemake" in globals():
    with job(snakemake) as say:
        found = run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("harmonised", "units", "typology")),
            *(Path(snakemake.output[key]) for key in ("choices", "combinations", "schemes")),
        )
        say(f"{snakemake.wildcards.case}: {found}")
