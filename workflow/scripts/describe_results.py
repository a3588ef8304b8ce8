"""Rule describe_results: what the files of a case are, for people and for other tools."""

import shutil
from pathlib import Path

from smstra.audit import citation_file, crate, data_package, inventory, prov_export, readme
from smstra.jobs import job, settings_of
from smstra.textfiles import write_text

PACKAGE, PROV, CITATION = "datapackage.json", "audit/prov.json", "CITATION.cff"
README, CRATE, WORKFLOW = "README.md", "ro-crate-metadata.json", "audit/workflow"


def run(
    name: str, settings: dict, folder: Path, given: list[Path], workflow: list[tuple[Path, Path]]
) -> int:
    """Write the descriptions of the case ``name`` into ``folder``; return how many files they describe.

    ``given`` are the files and folders that the case made; ``workflow`` the Snakefile and its rules, each
    with the path to which it is copied.
    """
    # Rules that another version of the workflow had are none of this one's.
    shutil.rmtree(folder / WORKFLOW, ignore_errors=True)
    for source, copy in workflow:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    files = inventory.of_folder(folder, [*given, *(copy for _, copy in workflow)])
    package = data_package.text(name, settings, folder, files)
    write_text(package, folder / PACKAGE)
    write_text(prov_export.text(name, settings, files), folder / PROV)
    write_text(citation_file.text(name, settings["case"], settings["pins"]), folder / CITATION)
    files += inventory.of_folder(folder, [folder / path for path in (PACKAGE, PROV, CITATION)])
    write_text(readme.text(name, settings["case"], files), folder / README)
    files += inventory.of_folder(folder, [folder / README])
    write_text(crate.text(name, settings, files), folder / CRATE)
    return len(files)


if "snakemake" in globals():
    with job(snakemake) as say:
        given, made = snakemake.input, snakemake.output
        count = run(
            snakemake.wildcards.case,
            settings_of(snakemake),
            Path(made.crate).parent,
            [Path(path) for path in given.outputs],
            [(Path(a), Path(b)) for a, b in zip(given.workflow, made.workflow, strict=True)],
        )
        say(f"{snakemake.wildcards.case}: {count} files described")
