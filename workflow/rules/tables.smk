# From snapshots to the typology: one job a dataset, then one a stage and case.


rule read_observations:
    input:
        snapshots=lambda wc: job_settings.files(
            SETTINGS, job_settings.observed_from(SETTINGS, wc.dataset)
        ),
        settings=settings("read_observations", job_settings.observations),
        modules=modules("read_observations"),
    output:
        "results/observations/{dataset}.csv",
    log:
        "results/logs/read_observations/{dataset}.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/read_observations.py"


rule make_units:
    input:
        snapshots=geography_of_case,
        settings=settings("make_units", job_settings.units),
        modules=modules("make_units"),
    output:
        "results/{case}/units.csv",
    log:
        "results/logs/{case}/make_units.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/make_units.py"


rule harmonise:
    input:
        observations=observations_of_case,
        snapshots=geography_of_case,
        units="results/{case}/units.csv",
        settings=settings("harmonise", job_settings.units),
        modules=modules("harmonise"),
    output:
        "results/{case}/harmonised.csv",
    log:
        "results/logs/{case}/harmonise.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=330,
    script:
        "../scripts/harmonise.py"


rule compute_indicators:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        settings=settings("compute_indicators", job_settings.indicators),
        modules=modules("compute_indicators"),
    output:
        indicators="results/{case}/indicators.csv",
        sufficiency=told(
            "results/{case}/sufficiency.csv", "sufficiency", "Sources", what="sufficiency"
        ),
        terms="results/{case}/audit/terms.csv",
    log:
        "results/logs/{case}/compute_indicators.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/compute_indicators.py"


rule check_aggregates:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        settings=settings("check_aggregates", job_settings.checks),
        modules=modules("check_aggregates"),
    output:
        told("results/{case}/aggregate_checks.csv", "checks", "Sources", what="checks"),
    log:
        "results/logs/{case}/check_aggregates.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/check_aggregates.py"


rule classify:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        settings=settings("classify", job_settings.typology),
        modules=modules("classify"),
    output:
        typology=told("results/{case}/typology.csv", "typology", "Types", what="types"),
        references=told("results/{case}/references.csv", "references", "Types", what="references"),
        reference_units="results/{case}/audit/reference_units.csv",
    log:
        "results/logs/{case}/classify.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/classify.py"


rule make_profiles:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        settings=settings("make_profiles", job_settings.profile),
        modules=modules("make_profiles"),
    output:
        profiles="results/{case}/profiles.csv",
        columns="results/{case}/profiles_columns.csv",
    log:
        "results/logs/{case}/make_profiles.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/make_profiles.py"
