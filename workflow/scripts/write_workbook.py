"""Rule write_workbook: all tables of a case in one Excel file."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.report import citations, workbook


def run(settings: dict, tables: dict[str, Path], output: Path) -> None:
    """Write the workbook; ``tables`` maps sheet names to CSV files."""
    profile = settings["case"]["profile"]
    sheets = {
        name: csvio.read(path, numbers=profile if name == "overview" else ())
        for name, path in tables.items()
    }
    sources = citations.table(settings["datasets"], settings["datasets"], settings["pins"])
    readme = workbook.readme_of(settings["case"], sources)
    created = max(pin["date_accessed"] for pin in settings["pins"])
    workbook.write({**sheets, "sources": sources}, readme, created, output)


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        run(
            settings_of(snakemake),
            {
                "overview": Path(given.profiles),
                "overview columns": Path(given.columns),
                "typology": Path(given.typology),
                "references": Path(given.references),
                "indicators": Path(given.indicators),
                "sufficiency": Path(given.sufficiency),
                "checks": Path(given.checks),
            },
            Path(snakemake.output[0]),
        )
        say(f"{snakemake.wildcards.case}: workbook")
