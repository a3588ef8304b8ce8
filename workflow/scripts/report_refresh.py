"""Rule report_refresh: all refreshed datasets together, and the one line that adopts them."""

import json
from pathlib import Path

from smstra import adoption, csvio
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text


def run(
    settings: dict, outcomes: dict[str, Path], types: Path, report: Path, root: Path = Path()
) -> str:
    """Write which types all new vintages together would change; return the report."""
    read = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in outcomes.items()}
    vintages = {n: each["vintage"] for n, each in read.items() if each["state"] != "unchanged"}
    lines = [
        f"{name}: not refreshed, there is no file {file}"
        for name, file in settings["left_out"].items()
    ]
    lines.append(f"{len(vintages)} of {len(read)} datasets have a new vintage")
    table, more = adoption.types_changed(settings["user"], vintages, root)
    if vintages:
        lines += ["all together:", *more, *adoption.how(settings["user"], vintages)]
    csvio.write(table, types)
    write_text("\n".join(lines) + "\n", report)
    return "\n".join(lines)


if "snakemake" in globals():
    with job(snakemake) as say:
        paths = [Path(path) for path in snakemake.input.outcomes]
        say(
            run(
                settings_of(snakemake),
                {path.parent.name: path for path in paths},
                Path(snakemake.output.types),
                Path(snakemake.output.report),
            )
        )
