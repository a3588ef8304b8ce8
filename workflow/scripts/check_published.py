"""Rule check_published: figures in print held against official figures and against one another."""

from pathlib import Path

from smstra import csvio
from smstra.audit import published, published_private, published_tables
from smstra.jobs import job, settings_of


def run(
    settings: dict,
    documents: list[Path],
    harmonised: Path,
    units: Path,
    observations: dict[str, Path],
    output: Path,
    mapping: Path | None = None,
) -> dict[str, int]:
    """Write the table; return how many rows have each verdict.

    With ``mapping``, the file of the user that says which units the anonymised localities are, the
    table has the figures about these only.
    """
    documents_read, country, cells = published_tables.read(
        settings, documents, harmonised, units, observations
    )
    if mapping is None:
        table = published.check(documents_read, country, cells)
    else:
        private = published_private.check_place(mapping)
        known = documents_read.localities
        # Documents on another country have none.
        codes = published_private.read(private, known, csvio.read(units)) if known else {}
        table = published.check_private(documents_read, country, cells, codes)
    csvio.write(table, output)
    return {str(verdict): int(n) for verdict, n in table["verdict"].value_counts().items()}


if "snakemake" in globals():
    with job(snakemake) as say:
        files = [Path(path) for path in snakemake.input.observations]
        private = snakemake.input.get("mapping")
        counts = run(
            settings_of(snakemake),
            [Path(path) for path in snakemake.input.documents],
            Path(snakemake.input.harmonised),
            Path(snakemake.input.units),
            {path.stem: path for path in files},
            Path(snakemake.output[0]),
            Path(private) if private else None,
        )
        if private:
            # The log may be shared, so it says nothing of what the mapping reveals.
            say(f"{snakemake.wildcards.case}: figures about anonymised localities checked")
        else:
            made = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
            say(f"{snakemake.wildcards.case}: published figures: {made or 'none of this country'}")
