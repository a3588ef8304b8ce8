# Where every number comes from, what it says of figures in print and of anonymised towns, how the
# results are described to others, and what each file was when it was made.


rule trace_values:
    input:
        outputs=lambda wc: case_outputs(wc.case),
        recorded=[
            "results/{case}/harmonised.csv",
            "results/{case}/audit/terms.csv",
            "results/{case}/audit/reference_units.csv",
        ],
        rules_of_columns=of_workflow("internal/lineage.yaml"),
        settings=settings("trace_values", job_settings.lineage),
        modules=modules("trace_values"),
    output:
        "results/{case}/audit/lineage.sqlite",
    log:
        "results/logs/{case}/trace_values.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=250,
    script:
        "../scripts/trace_values.py"


rule measure_disclosure:
    input:
        towns="results/{case}/towns.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        settings=settings("measure_disclosure", job_settings.disclosure),
        modules=modules("measure_disclosure"),
    output:
        "results/{case}/audit/disclosure.csv",
    log:
        "results/logs/{case}/measure_disclosure.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/measure_disclosure.py"


rule check_published:
    input:
        documents=PUBLISHED,
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        observations=observations_of_case,
        snapshots=geography_of_case,
        settings=settings("check_published", job_settings.published),
        modules=modules("check_published"),
    output:
        told("results/{case}/audit/published.csv", "published", "Audit", what="figures in print"),
    log:
        "results/logs/{case}/check_published.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=250,
    script:
        "../scripts/check_published.py"


# Only where the user says which units the anonymised localities are; written beside that file.
if SETTINGS.private_mapping:

    rule check_published_private:
        input:
            documents=PUBLISHED,
            harmonised="results/{case}/harmonised.csv",
            units="results/{case}/units.csv",
            observations=observations_of_case,
            snapshots=geography_of_case,
            settings=settings("check_published", job_settings.published),
            modules=modules("check_published"),
            mapping=SETTINGS.private_mapping,
        output:
            CHECKED_PRIVATELY,
        log:
            "results/logs/{case}/check_published_private.log",
        conda:
            "../envs/smstra.yaml"
        resources:
            mem_mb=250,
        script:
            "../scripts/check_published.py"


rule describe_results:
    input:
        outputs=lambda wc: case_outputs(wc.case) + audit_outputs(wc.case),
        workflow=of_workflow(*WORKFLOW_FILES),
        words=of_workflow("internal/tables.yaml", "internal/steps.yaml"),
        settings=settings("describe_results", job_settings.description),
        modules=modules("describe_results"),
    output:
        crate="results/{case}/ro-crate-metadata.json",
        package="results/{case}/datapackage.json",
        citation="results/{case}/CITATION.cff",
        readme="results/{case}/README.md",
        prov="results/{case}/audit/prov.json",
        workflow=[f"results/{{case}}/audit/workflow/{path}" for path in WORKFLOW_FILES],
    log:
        "results/logs/{case}/describe_results.log",
    wildcard_constraints:
        case=NAME_OF_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/describe_results.py"


rule write_manifest:
    input:
        made=lambda wc: audit_outputs(wc.case) + described_by(wc.case),
        resolved="results/{case}/config.resolved.yaml",
        settings=settings("write_manifest", of_manifest),
    output:
        manifest="results/{case}/audit/manifest.jsonl",
        environment="results/{case}/audit/environment.json",
    log:
        "results/logs/{case}/write_manifest.log",
    wildcard_constraints:
        case=ANY_CASE,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/write_manifest.py"
