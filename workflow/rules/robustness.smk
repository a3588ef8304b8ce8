# Would another choice change the type? Only for cases with a block `robustness`.


rule map_schemes:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        typology="results/{case}/typology.csv",
        settings=settings("map_schemes", job_settings.choices),
        modules=modules("map_schemes"),
    output:
        choices="results/{case}/robustness/choices.csv",
        combinations="results/{case}/robustness/combinations.csv",
        schemes="results/{case}/robustness/schemes.csv",
    log:
        "results/logs/{case}/map_schemes.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=290,
    script:
        "../scripts/map_schemes.py"


rule measure_stability:
    input:
        typology="results/{case}/typology.csv",
        references="results/{case}/references.csv",
        settings=settings("measure_stability", job_settings.comparisons),
        modules=modules("measure_stability"),
    output:
        "results/{case}/robustness/intervals.csv",
    log:
        "results/logs/{case}/measure_stability.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/measure_stability.py"


rule draw_probabilities:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        typology="results/{case}/typology.csv",
        references="results/{case}/references.csv",
        settings=settings("draw_probabilities", job_settings.probabilities),
        modules=modules("draw_probabilities"),
    output:
        probabilities="results/{case}/robustness/probabilities.csv",
        convergence="results/{case}/robustness/convergence.csv",
        errors="results/{case}/robustness/errors.csv",
    log:
        "results/logs/{case}/draw_probabilities.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/draw_probabilities.py"


rule measure_influence:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        typology="results/{case}/typology.csv",
        references="results/{case}/references.csv",
        choices="results/{case}/robustness/choices.csv",
        combinations="results/{case}/robustness/combinations.csv",
        settings=settings("measure_influence", job_settings.influence),
        modules=modules("measure_influence"),
    output:
        influence=told(
            "results/{case}/robustness/influence.csv", "influence", "Robustness", what="influence"
        ),
        sensitivity=told(
            "results/{case}/robustness/sensitivity.csv",
            "sensitivity",
            "Robustness",
            what="sensitivity",
        ),
        left_out="results/{case}/robustness/sensitivity_left_out.csv",
    log:
        "results/logs/{case}/measure_influence.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=280,
    script:
        "../scripts/measure_influence.py"


rule find_consistent_rules:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        choices="results/{case}/robustness/choices.csv",
        known=lambda wc: job_settings.own_table(SETTINGS, wc.case, "robustness", "known_cases"),
        settings=settings("find_consistent_rules", job_settings.known_cases),
        modules=modules("find_consistent_rules"),
    output:
        rules="results/{case}/robustness/consistent_rules.csv",
        thresholds="results/{case}/robustness/consistent_thresholds.csv",
    log:
        "results/logs/{case}/find_consistent_rules.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/find_consistent_rules.py"


rule give_verdicts:
    input:
        typology="results/{case}/typology.csv",
        schemes="results/{case}/robustness/schemes.csv",
        probabilities="results/{case}/robustness/probabilities.csv",
        intervals="results/{case}/robustness/intervals.csv",
        settings=settings("give_verdicts", job_settings.verdicts),
        modules=modules("give_verdicts"),
    output:
        told("results/{case}/robustness/verdicts.csv", "verdicts", "Robustness", what="verdicts"),
    log:
        "results/logs/{case}/give_verdicts.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/give_verdicts.py"
