"""Rule measure_disclosure: how large a crowd each chosen town hides in, by what is printed of it."""

from pathlib import Path

from smstra import csvio
from smstra.audit.attributes import Material
from smstra.audit.disclosure import of_towns
from smstra.jobs import job, settings_of


def run(
    settings: dict, towns: Path, units: Path, indicators: Path, typology: Path, disclosure: Path
) -> dict[str, int]:
    """Write the table; return how many units fit all that is printed of each town, by its label."""
    material = Material(settings, *(csvio.read(path) for path in (units, indicators, typology)))
    table = of_towns(material, csvio.read(towns), "disclosure.attributes of the case")
    csvio.write(table, disclosure)
    whole = table[table["what"] == "all"]
    return dict(zip(whole["label"], whole["fits"].astype(int).tolist(), strict=True))


if "snakemake" in globals():
    with job(snakemake) as say:
        given = snakemake.input
        crowds = run(
            settings_of(snakemake),
            *(Path(given[key]) for key in ("towns", "units", "indicators", "typology")),
            Path(snakemake.output[0]),
        )
        found = ", ".join(f"{label} {number}" for label, number in crowds.items())
        say(
            f"{snakemake.wildcards.case}: units that fit all that is printed of a town: {found or 'no town'}"
        )
