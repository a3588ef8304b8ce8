"""Rule resolve_config: the configuration as it was understood."""

from pathlib import Path

from smstra import resolved
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text

if "snakemake" in globals():
    with job(snakemake) as say:
        write_text(resolved.text(settings_of(snakemake)), Path(snakemake.output[0]))
        say(f"{snakemake.wildcards.case}: resolved configuration")
