"""Rule resolve_config: the configuration as it was understood."""

from pathlib import Path

from smstra.csvio import write_text
from smstra.jobs import job

if "snakemake" in globals():
    with job(snakemake) as say:
        write_text(snakemake.params.text, Path(snakemake.output[0]))
        say(f"{snakemake.wildcards.case}: resolved configuration")
