"""Rule compare_cases: types, criteria and common references of several cases side by side."""

from pathlib import Path

import pandas as pd

from smstra import csvio
from smstra.across import counts, criteria, schemes
from smstra.jobs import job, settings_of
from smstra.lookup import Figures
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES


def run(settings: dict, tables: dict[str, dict[str, Path]], folder: Path) -> dict[str, str]:
    """Write cases.csv, counts.csv, criteria.csv, schemes.csv and answers.csv into ``folder``.

    ``tables`` has, by case, the paths of its tables by name; ``harmonised`` and ``indicators`` only of
    cases that may name units. Return by case what there is to say.
    """
    types, answers, measured = [], [], []
    typologies: dict[str, pd.DataFrame] = {}
    candidates: dict[str, pd.DataFrame] = {}
    for name, part in settings["cases"].items():
        case, paths = part["case"], tables[name]
        read = {
            each: csvio.read(paths[each])
            for each in ("typology", "sufficiency", "references", "indicators")
            if each in paths
        }
        typologies[name] = read["typology"]
        of_types, of_criteria = schemes.own(
            name, case, read["typology"], read["references"], read["sufficiency"]
        )
        types += of_types
        answers += of_criteria
        measured += criteria.of_case(name, case, read)
        if "candidates" in paths:
            candidates[name] = csvio.read(paths["candidates"], OF_CANDIDATES)
        if "harmonised" in paths and settings["schemes"]:
            given = schemes.Tables(
                csvio.read(paths["units"]),
                read["indicators"],
                read["typology"],
                Figures(csvio.read(paths["harmonised"])),
            )
            of_types, of_criteria = schemes.under(
                name, case, part["variables"], settings["schemes"], given
            )
            types += of_types
            answers += of_criteria
    cases = {name: part["case"] for name, part in settings["cases"].items()}
    order = ["own", *settings["schemes"]]
    csvio.write(counts.of_cases(cases, typologies, candidates), folder / "cases.csv")
    csvio.write(counts.of_types(typologies), folder / "counts.csv")
    csvio.write(criteria.compared(measured), folder / "criteria.csv")
    csvio.write(
        _sorted(pd.DataFrame(types, columns=schemes.COLUMNS), order), folder / "schemes.csv"
    )
    listed = pd.DataFrame(answers, columns=schemes.ANSWER_COLUMNS)
    csvio.write(_sorted(listed, order), folder / "answers.csv")
    return {name: f"{len(table)} units" for name, table in typologies.items()}


def _sorted(table: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    rank = table["scheme"].map({name: place for place, name in enumerate(order)})
    return table.iloc[rank.argsort(kind="stable")]


if "snakemake" in globals():
    with job(snakemake) as say:
        settings = settings_of(snakemake)
        tables: dict[str, dict[str, Path]] = {case: {} for case in settings["cases"]}
        for path in map(Path, snakemake.input.tables):
            # results/<case>/...
            tables[path.parts[1]][path.stem] = path
        said = run(settings, tables, Path(snakemake.output.counts).parent)
        say("compared: " + "; ".join(f"{name}, {what}" for name, what in said.items()))
