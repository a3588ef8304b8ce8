"""Rule write_workbook: all tables of a case in one Excel file."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.language import Language
from smstra.locality_profiles import LOOK_ALIKE_NUMBERS
from smstra.locality_profiles import NUMBERS as OF_PROFILES
from smstra.report import citations, workbook
from smstra.robustness.verdicts import NUMBERS as OF_VERDICTS
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES
from smstra.selection.sets import NUMBERS as OF_SETS

NUMBERS = {
    "locality_profiles": OF_PROFILES,
    "look_alikes": LOOK_ALIKE_NUMBERS,
    "verdicts": OF_VERDICTS,
    "candidates": OF_CANDIDATES,
    "selection": OF_SETS,
    "sufficiency": ("gap_years",),
}


def run(settings: dict, tables: dict[str, Path], output: Path) -> None:
    """Write the workbook; ``tables`` maps sheet names to CSV files, in the order of the sheets."""
    case = settings["case"]
    say = Language(case.get("language", "en"), own=case.get("translations"))
    numbers = {**NUMBERS, "overview": case["profile"]}
    read = {name: csvio.read(path, numbers.get(name, ())) for name, path in tables.items()}
    sheets = workbook.sheets_of(
        read,
        {name: path.name for name, path in tables.items()},
        case,
        citations.table(settings["datasets"], settings["datasets"], settings["pins"]),
        say,
    )
    readme = workbook.readme_of(case, read["references"], [sheet.name for sheet in sheets], say)
    created = max(pin["date_accessed"] for pin in settings["pins"])
    workbook.write(sheets, readme, created, output, say)


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        # A table that the case may lack is a list of one path, or of none.
        paths = {
            sheet: "".join(given.get(key, []))
            for sheet, key in (
                ("overview", "profiles"),
                ("locality_profiles", "locality_profiles"),
                ("look_alikes", "look_alikes"),
                ("typology", "typology"),
                ("verdicts", "verdicts"),
                ("candidates", "candidates"),
                ("selection", "selection"),
                ("references", "references"),
                ("indicators", "indicators"),
                ("sufficiency", "sufficiency"),
                ("checks", "checks"),
                ("overview columns", "columns"),
            )
        }
        run(
            settings_of(snakemake),
            {sheet: Path(path) for sheet, path in paths.items() if path},
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: workbook")
