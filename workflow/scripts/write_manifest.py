"""Rule write_manifest: every file that a case used or made, with its hash, and what the run ran on."""

from pathlib import Path

from smstra import strict_yaml
from smstra.audit import environment as environment_
from smstra.audit import manifest as manifest_
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text


def run(
    settings: dict,
    resolved: Path,
    manifest: Path,
    environment: Path,
) -> int:
    """Write manifest and environment of a case; return the number of files listed."""
    left_out = [*settings["outside"], "config/config.yaml", "--configfile"]
    left_out += [f"config/cases/{settings['case']}.yaml"] if settings["pseudonymised"] else []
    _, digest = manifest_.size_and_hash(resolved)
    seeds = environment_.seeds_of(strict_yaml.load(resolved)["settings"])
    found = environment_.environment(seeds, left_out, digest)
    write_text(environment_.as_json(found), environment)
    listed = manifest_.entries(manifest_.used_and_made(settings, settings["outputs"]))
    write_text(manifest_.text(settings["case"], listed), manifest)
    return len(listed)


if "snakemake" in globals():
    with job(snakemake) as say:
        settings = settings_of(snakemake)
        files = run(
            settings,
            Path(snakemake.input.resolved),
            Path(snakemake.output.manifest),
            Path(snakemake.output.environment),
        )
        say(f"{settings['case']}: {files} files in the manifest")
