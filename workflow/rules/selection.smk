# Which towns to study? Only for cases with a block `selection`.


rule list_candidates:
    input:
        harmonised="results/{case}/harmonised.csv",
        units="results/{case}/units.csv",
        indicators="results/{case}/indicators.csv",
        typology="results/{case}/typology.csv",
        verdicts=lambda wc: expand(
            "results/{case}/robustness/verdicts.csv",
            case=[wc.case] if "robustness" in SETTINGS.cases[wc.case] else [],
        ),
        reception=lambda wc: job_settings.own_table(
            SETTINGS, wc.case, "selection", "candidates", "reception", "table"
        ),
        politics=lambda wc: job_settings.own_table(
            SETTINGS, wc.case, "selection", "candidates", "politics", "table"
        ),
        settings=settings("list_candidates", job_settings.candidates),
        modules=modules("list_candidates"),
    output:
        told(
            "results/{case}/selection/candidates.csv", "candidates", "Selection", what="candidates"
        ),
    log:
        "results/logs/{case}/list_candidates.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/list_candidates.py"


rule choose_sets:
    input:
        candidates="results/{case}/selection/candidates.csv",
        units="results/{case}/units.csv",
        snapshots=lambda wc: job_settings.files(
            SETTINGS, job_settings.places_from(SETTINGS, wc.case)
        ),
        settings=settings("choose_sets", job_settings.sets),
        modules=modules("choose_sets"),
    output:
        selection=told(
            "results/{case}/selection/selection.csv", "sets", "Selection", what="best sets"
        ),
        conflicts=told(
            "results/{case}/selection/selection_conflicts.csv",
            "conflicts",
            "Selection",
            what="conflicts",
        ),
    log:
        "results/logs/{case}/choose_sets.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/choose_sets.py"


rule match_pairs:
    input:
        candidates="results/{case}/selection/candidates.csv",
        indicators="results/{case}/indicators.csv",
        settings=settings("match_pairs", job_settings.pairs),
        modules=modules("match_pairs"),
    output:
        pairs=told("results/{case}/selection/pairs.csv", "pairs", "Selection", what="pairs"),
        balance="results/{case}/selection/balance.csv",
        left_out="results/{case}/selection/pairs_left_out.csv",
    log:
        "results/logs/{case}/match_pairs.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/match_pairs.py"
