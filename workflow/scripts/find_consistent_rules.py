"""Rule find_consistent_rules: which choices give known towns their published types."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.robustness import consistent_rules
from smstra.robustness.choices import of_table
from smstra.robustness.schemes import combinations_of


def run(
    settings: dict,
    harmonised: Path,
    units: Path,
    choices: Path,
    known: Path | None,
    rules: Path,
    thresholds: Path,
) -> str:
    """Write the consistent rules and thresholds, empty without known towns; say what was found."""
    case, variables = settings["case"], settings["variables"]
    towns = csvio.read(units)
    made = of_table(csvio.read(choices, ["threshold"]), towns["unit"])
    cases = consistent_rules.read_known(known, towns) if known else None
    found = consistent_rules.consistent_rules(made, combinations_of(made), cases)
    csvio.write(found, rules)
    figures = Figures(csvio.read(harmonised))
    bounds = consistent_rules.consistent_thresholds(case, made, cases, figures, towns, variables)
    csvio.write(bounds, thresholds)
    if cases is None:
        return "no table of known towns is named (`robustness.known_cases`)"
    gives = found["gives"].value_counts()
    number = {word: int(gives.get(word, 0)) for word in ("all", "most", "none")}
    return (
        f"{number['all']} of {len(found)} combinations give all {len(cases)} known towns their type, "
        f"{number['most']} most of them, {number['none']} none; consistent_rules.csv and "
        "consistent_thresholds.csv tell as much as your private file, so share neither"
    )


if "snakemake" in globals():
    with job(snakemake) as say:
        known = list(snakemake.input.known)
        found = run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("harmonised", "units", "choices")),
            Path(known[0]) if known else None,
            *(Path(snakemake.output[key]) for key in ("rules", "thresholds")),
        )
        say(f"{snakemake.wildcards.case}: {found}")
