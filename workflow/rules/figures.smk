# The chosen towns, what they are compared with, and the figures: one job a family.


rule choose_towns:
    input:
        typology="results/{case}/typology.csv",
        units="results/{case}/units.csv",
        selection=lambda wc: (
            CASE_SETS[0].format(case=wc.case)
            if SETTINGS.cases[wc.case]["figures"]["towns"]["choose"] == "best_set"
            else []
        ),
        settings=settings("choose_towns", job_settings.towns),
        modules=modules("choose_towns"),
    output:
        "results/{case}/towns.csv",
    log:
        "results/logs/{case}/choose_towns.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/choose_towns.py"


rule compare_areas:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        towns="results/{case}/towns.csv",
        settings=settings("compare_areas", job_settings.comparison),
        modules=modules("compare_areas"),
    output:
        series="results/{case}/series.csv",
        areas="results/{case}/areas.csv",
    log:
        "results/logs/{case}/compare_areas.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=200,
    script:
        "../scripts/compare_areas.py"


rule draw_demography:
    input:
        towns="results/{case}/towns.csv",
        series="results/{case}/series.csv",
        areas="results/{case}/areas.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        sufficiency="results/{case}/sufficiency.csv",
        settings=settings("draw_demography", job_settings.figures),
        modules=modules("draw_demography"),
    output:
        told_figures("demography"),
        words="results/{case}/figures/list_demography.json",
    log:
        "results/logs/{case}/draw_demography.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=290,
    script:
        "../scripts/draw_demography.py"


rule draw_economy:
    input:
        towns="results/{case}/towns.csv",
        series="results/{case}/series.csv",
        areas="results/{case}/areas.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        sufficiency="results/{case}/sufficiency.csv",
        settings=settings("draw_economy", job_settings.figures),
        modules=modules("draw_economy"),
    output:
        told_figures("economy"),
        words="results/{case}/figures/list_economy.json",
    log:
        "results/logs/{case}/draw_economy.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=280,
    script:
        "../scripts/draw_economy.py"


rule draw_housing:
    input:
        towns="results/{case}/towns.csv",
        series="results/{case}/series.csv",
        areas="results/{case}/areas.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        sufficiency="results/{case}/sufficiency.csv",
        settings=settings("draw_housing", job_settings.figures),
        modules=modules("draw_housing"),
    output:
        told_figures("housing"),
        words="results/{case}/figures/list_housing.json",
    log:
        "results/logs/{case}/draw_housing.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=300,
    script:
        "../scripts/draw_housing.py"


rule draw_typology:
    input:
        unpack(robustness_of("intervals", "probabilities", "schemes", "combinations", "verdicts")),
        towns="results/{case}/towns.csv",
        typology="results/{case}/typology.csv",
        indicators="results/{case}/indicators.csv",
        sufficiency="results/{case}/sufficiency.csv",
        units="results/{case}/units.csv",
        boundaries=lambda wc: job_settings.files(
            SETTINGS, job_settings.borders_from(SETTINGS, wc.case)
        ),
        settings=settings("draw_typology", job_settings.typology_figures),
        modules=modules("draw_typology"),
    output:
        told_figures("typology"),
        words="results/{case}/figures/list_typology.json",
    log:
        "results/logs/{case}/draw_typology.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=340,
    script:
        "../scripts/draw_typology.py"
