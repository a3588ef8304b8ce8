# What a case with `pseudonymise` publishes, from its workings in results/private/. Figures, profiles,
# workbook and report are then made of these tables by the rules of every case.


rule pseudonymise:
    input:
        units="results/private/{case}/units.csv",
        indicators="results/private/{case}/indicators.csv",
        typology="results/private/{case}/typology.csv",
        towns="results/private/{case}/towns.csv",
        series="results/private/{case}/series.csv",
        harmonised="results/private/{case}/harmonised.csv",
        sufficiency="results/private/{case}/sufficiency.csv",
        references="results/private/{case}/references.csv",
        aggregate_checks="results/private/{case}/aggregate_checks.csv",
        profiles_columns="results/private/{case}/profiles_columns.csv",
        areas="results/private/{case}/areas.csv",
        settings=settings("pseudonymise", job_settings.pseudonyms),
        modules=modules("pseudonymise"),
    output:
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        towns="results/{case}/towns.csv",
        series="results/{case}/series.csv",
        profiles="results/{case}/profiles.csv",
        sufficiency="results/{case}/sufficiency.csv",
        references="results/{case}/references.csv",
        aggregate_checks="results/{case}/aggregate_checks.csv",
        profiles_columns="results/{case}/profiles_columns.csv",
        areas="results/{case}/areas.csv",
        key="results/private/{case}/pseudonyms.csv",
        notice="results/private/{case}/PRIVATE.txt",
    log:
        "results/logs/private/{case}/pseudonymise.log",
    wildcard_constraints:
        case=PSEUDONYMISED_ONLY,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=240,
    script:
        "../scripts/pseudonymise.py"


rule pseudonymise_robustness:
    input:
        **{
            name: f"results/private/{{case}}/robustness/{name}.csv"
            for name in pseudonym_rules.ROBUSTNESS_PUBLISHED
        },
        key="results/private/{case}/pseudonyms.csv",
        localities="results/{case}/units.csv",
        settings=settings("pseudonymise_robustness", job_settings.pseudonyms_only),
        modules=modules("pseudonymise_robustness"),
    output:
        **{
            name: f"results/{{case}}/robustness/{name}.csv"
            for name in pseudonym_rules.ROBUSTNESS_PUBLISHED
        },
    log:
        "results/logs/private/{case}/pseudonymise_robustness.log",
    wildcard_constraints:
        case=PSEUDONYMISED_ONLY,
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/pseudonymise_robustness.py"
