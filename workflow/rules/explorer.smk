# The page on which thresholds move and types follow.


def explorer_assets():
    """Return the files that the page is made of beside its data, so that an edited one makes it anew."""
    folder = Path(workflow.basedir) / "workflow" / "lib" / "smstra" / "explorer" / "assets"
    here = Path.cwd()
    return sorted(
        (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )


rule make_explorer:
    input:
        unpack(robustness_of("intervals", "probabilities", "verdicts")),
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        snapshots=lambda wc: job_settings.files(
            SETTINGS, job_settings.explorer_borders(SETTINGS, wc.case)
        ),
        settings=settings("make_explorer", job_settings.explorer),
        modules=modules("make_explorer"),
        assets=explorer_assets(),
    output:
        "results/{case}/explorer.html",
    log:
        "results/logs/{case}/make_explorer.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=220,
    script:
        "../scripts/make_explorer.py"
