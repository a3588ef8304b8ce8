# What people open: workbook, figures, resolved configuration, summary.


rule write_workbook:
    input:
        profiles="results/{case}/profiles.csv",
        columns="results/{case}/profiles_columns.csv",
        typology="results/{case}/typology.csv",
        references="results/{case}/references.csv",
        indicators="results/{case}/indicators.csv",
        sufficiency="results/{case}/sufficiency.csv",
        checks="results/{case}/aggregate_checks.csv",
        settings=settings("write_workbook", job_settings.whole_case),
        modules=modules("write_workbook"),
    output:
        "results/{case}/workbook.xlsx",
    log:
        "results/logs/{case}/write_workbook.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/write_workbook.py"


rule draw_quadrants:
    input:
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        sufficiency="results/{case}/sufficiency.csv",
        settings=settings("draw_quadrants", job_settings.figures),
        modules=modules("draw_quadrants"),
    output:
        figure_files("quadrants"),
    log:
        "results/logs/{case}/draw_quadrants.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=190,
    script:
        "../scripts/draw_quadrants.py"


rule draw_population_index:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        typology="results/{case}/typology.csv",
        settings=settings("draw_population_index", job_settings.figures),
        modules=modules("draw_population_index"),
    output:
        figure_files("population_index"),
    log:
        "results/logs/{case}/draw_population_index.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=190,
    script:
        "../scripts/draw_population_index.py"


rule resolve_config:
    input:
        settings=settings("resolve_config", job_settings.resolved),
        modules=modules("resolve_config"),
    output:
        "results/{case}/config.resolved.yaml",
    log:
        "results/logs/{case}/resolve_config.log",
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
