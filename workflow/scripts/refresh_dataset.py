"""Rule refresh_dataset: a new vintage of one dataset, and what would change if it were adopted."""

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from smstra import adoption, comparison, csvio, refresh
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text
from smstra.transport import Manners, Transport


def run(
    dataset: str,
    settings: dict,
    vintage: str,
    folder: Path,
    say: Callable[[str], None],
    root: Path = Path(),
) -> str:
    """Fetch ``dataset`` and write outcome, changes and types into ``folder``; return the report."""
    transport = Transport(Manners(**settings["transport"]), root / "results/refresh/.locks", say)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    outcome = refresh.fetch(dataset, settings, vintage, transport, today, root)
    found, lines = pd.DataFrame(columns=comparison.COLUMNS), []
    types = pd.DataFrame(columns=adoption.TYPES)
    if outcome.state != "unchanged":
        found, lines = adoption.changes(dataset, outcome.vintage, settings, root)
    if len(found):
        types, more = adoption.types_changed(settings["user"], {dataset: outcome.vintage}, root)
        lines += more
    csvio.write(found, folder / "changes.csv")
    csvio.write(types, folder / "types.csv")
    write_text(json.dumps(asdict(outcome), indent=1) + "\n", folder / "outcome.json")
    text = adoption.report(dataset, outcome, lines, settings["user"])
    write_text(text, folder / "report.txt")
    return text


if "snakemake" in globals():
    with job(snakemake) as say:
        say(
            run(
                snakemake.wildcards.dataset,
                settings_of(snakemake),
                snakemake.wildcards.vintage,
                Path(snakemake.output[0]).parent,
                say,
            )
        )
