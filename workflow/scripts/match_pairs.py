"""Rule match_pairs: the most similar and the most different pairs of towns across a divide."""

from pathlib import Path

from smstra import csvio
from smstra.jobs import job, settings_of
from smstra.selection import pairs as pairs_
from smstra.selection.candidates import NUMBERS as OF_CANDIDATES


def run(
    settings: dict, candidates: Path, indicators: Path, pairs: Path, balance: Path, left_out: Path
) -> list[str]:
    """Write pairs, balance and the units left out; return what there is to say."""
    matched = pairs_.match(
        settings["case"]["selection"]["pairs"],
        csvio.read(candidates, OF_CANDIDATES),
        csvio.read(indicators),
    )
    csvio.write(matched.pairs, pairs)
    csvio.write(matched.balance, balance)
    csvio.write(matched.left_out, left_out)
    kinds = matched.pairs["kind"].value_counts()
    found = ", ".join(
        f"{kinds.get(kind, 0)} {kind.replace('_', ' ')}"
        for kind in ("most_similar", "most_different")
    )
    return [f"{found} pairs, {len(matched.left_out)} units left out", *matched.remarks]


if "snakemake" in globals():
    with job(snakemake) as say:
        for line in run(
            settings_of(snakemake),
            *(Path(snakemake.input[key]) for key in ("candidates", "indicators")),
            *(Path(snakemake.output[key]) for key in ("pairs", "balance", "left_out")),
        ):
            say(f"{snakemake.wildcards.case}: {line}")
