# What people open: workbook, profiles, explorer, report, resolved configuration, summary.


rule write_workbook:
    input:
        unpack(robustness_of("verdicts")),
        profiles="results/{case}/profiles.csv",
        columns="results/{case}/profiles_columns.csv",
        typology="results/{case}/typology.csv",
        references="results/{case}/references.csv",
        indicators="results/{case}/indicators.csv",
        sufficiency="results/{case}/sufficiency.csv",
        checks="results/{case}/aggregate_checks.csv",
        locality_profiles="results/{case}/locality_profiles.csv",
        look_alikes="results/{case}/look_alikes.csv",
        candidates=lambda wc: expand(
            CASE_CANDIDATES, case=[wc.case] if wc.case in with_block("selection") else []
        ),
        selection=lambda wc: expand(
            CASE_SETS[0], case=[wc.case] if wc.case in with_block("selection", "sets") else []
        ),
        settings=settings("write_workbook", job_settings.whole_case),
        modules=modules("write_workbook"),
    output:
        "results/{case}/workbook.xlsx",
    log:
        "results/logs/{case}/write_workbook.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/write_workbook.py"


rule make_locality_profiles:
    input:
        unpack(robustness_of("verdicts", "intervals", "probabilities")),
        towns="results/{case}/towns.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        areas="results/{case}/areas.csv",
        typology="results/{case}/typology.csv",
        sufficiency="results/{case}/sufficiency.csv",
        candidates=lambda wc: expand(
            CASE_CANDIDATES, case=[wc.case] if wc.case in with_block("selection") else []
        ),
        settings=settings("make_locality_profiles", job_settings.locality_profiles),
        modules=modules("make_locality_profiles"),
    output:
        profiles="results/{case}/locality_profiles.csv",
        look_alikes="results/{case}/look_alikes.csv",
        pages=directory("results/{case}/profiles"),
    log:
        "results/logs/{case}/make_locality_profiles.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=190,
    script:
        "../scripts/make_locality_profiles.py"


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


rule write_report:
    input:
        unpack(robustness_of("verdicts", "combinations", "sensitivity", "influence")),
        typology="results/{case}/typology.csv",
        units="results/{case}/units.csv",
        references="results/{case}/references.csv",
        sufficiency="results/{case}/sufficiency.csv",
        aggregate_checks="results/{case}/aggregate_checks.csv",
        indicators="results/{case}/indicators.csv",
        towns="results/{case}/towns.csv",
        candidates=lambda wc: expand(
            CASE_CANDIDATES, case=[wc.case] if wc.case in with_block("selection") else []
        ),
        selection=lambda wc: expand(
            CASE_SETS[0], case=[wc.case] if wc.case in with_block("selection", "sets") else []
        ),
        conflicts=lambda wc: expand(
            CASE_SETS[1], case=[wc.case] if wc.case in with_block("selection", "sets") else []
        ),
        pairs=lambda wc: expand(
            CASE_PAIRS[0], case=[wc.case] if wc.case in with_block("selection", "pairs") else []
        ),
        pairs_left_out=lambda wc: expand(
            CASE_PAIRS[2], case=[wc.case] if wc.case in with_block("selection", "pairs") else []
        ),
        resolved="results/{case}/config.resolved.yaml",
        # The pictures, and by family the words about them (typology=... is the table).
        figures=FIGURE_WORDS,
        pictures=[path for path in CASE_FIGURES if path.endswith((".png", ".svg"))],
        settings=settings("write_report", job_settings.report),
        modules=modules("write_report"),
    output:
        told("results/{case}/report.html", "report", "Report", what="report"),
    log:
        "results/logs/{case}/write_report.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=220,
    script:
        "../scripts/write_report.py"


rule resolve_config:
    input:
        settings=settings("resolve_config", job_settings.resolved),
        modules=modules("resolve_config"),
    output:
        told(
            "results/{case}/config.resolved.yaml", "configuration", "Sources", what="configuration"
        ),
    log:
        "results/logs/{case}/resolve_config.log",
    wildcard_constraints:
        case=ANY_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/resolve_config.py"


rule summarise:
    input:
        typology=expand("results/{case}/typology.csv", case=CASES),
        verdicts=expand("results/{case}/robustness/verdicts.csv", case=with_block("robustness")),
        selection=expand(CASE_SETS[0], case=with_block("selection", "sets")),
        conflicts=expand(CASE_SETS[1], case=with_block("selection", "sets")),
        settings=settings("summarise", job_settings.titles),
        modules=modules("summarise"),
    output:
        "results/summary.txt",
    log:
        "results/logs/summarise.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/summarise.py"
