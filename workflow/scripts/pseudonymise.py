"""Rule pseudonymise: the tables of a case with pseudonyms for units, values of groups for theirs."""

import shutil
from pathlib import Path

from smstra import csvio
from smstra.audit import pseudonyms
from smstra.jobs import job, settings_of
from smstra.language import Language
from smstra.lookup import Figures
from smstra.textfiles import write_text

TABLES = ("units", "indicators", "typology", "towns", "series")
# Of the country and of regions, or of the sources: published as they are.
EXACT = ("sufficiency", "references", "aggregate_checks", "profiles_columns", "areas")
NOTICE = (
    "Nothing in this folder is for publication: it names units, has their exact values, and pseudonyms.csv "
    "says which unit stands behind each pseudonym. What may be published is in results/{case}/.\n"
)


def run(
    name: str,
    settings: dict,
    tables: dict[str, Path],
    harmonised: Path,
    outputs: dict[str, Path],
    key: Path,
    notice: Path,
) -> tuple[int, int]:
    """Write the tables, who is who, and the notice; return how many units are shown and left out.

    ``tables`` are those named in ``TABLES`` and ``EXACT``; ``outputs`` the same and ``profiles``.
    """
    case = settings["case"]
    say = Language(case.get("language", "en"), own=case.get("translations"))
    who, made = pseudonyms.of_units(
        case,
        {each: csvio.read(tables[each]) for each in TABLES},
        Figures(csvio.read(harmonised)),
        settings["variables"],
        say,
    )
    for each, table in made.items():
        csvio.write(table, outputs[each])
    for each in EXACT:
        shutil.copyfile(tables[each], outputs[each])
    csvio.write(who, key)
    write_text(NOTICE.format(case=name), notice)
    shown = int((who["locality"] != "").sum())
    return shown, len(who) - shown


if "snakemake" in globals():
    with job(snakemake) as say:
        given, made, name = snakemake.input, snakemake.output, snakemake.wildcards.case
        shown, left_out = run(
            name,
            settings_of(snakemake),
            {each: Path(given[each]) for each in (*TABLES, *EXACT)},
            Path(given.harmonised),
            {each: Path(made[each]) for each in (*TABLES, *EXACT, "profiles")},
            Path(made.key),
            Path(made.notice),
        )
        say(
            f"{name}: {shown} units under pseudonyms, {left_out} left out; results/private/{name}/ names them "
            "and is not for publication"
        )
