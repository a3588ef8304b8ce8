# Several cases side by side, in results/comparison/; only where at least two of them are run.


rule compare_cases:
    input:
        tables=compared_tables,
        settings=settings("compare_cases", job_settings.compared),
        modules=modules("compare_cases"),
    output:
        cases="results/comparison/cases.csv",
        counts=told_compared("results/comparison/counts.csv", "counts by type"),
        criteria=told_compared("results/comparison/criteria.csv", "criteria"),
        schemes=told_compared("results/comparison/schemes.csv", "common references"),
        answers="results/comparison/answers.csv",
    log:
        "results/logs/comparison/compare_cases.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=330,
    script:
        "../scripts/compare_cases.py"


rule choose_sets_across:
    input:
        candidates=lambda wc: expand(CASE_CANDIDATES, case=with_candidates()),
        settings=settings("choose_sets_across", job_settings.sets_across),
        modules=modules("choose_sets_across"),
    output:
        sets=told_compared("results/comparison/sets.csv", "best sets"),
        conflicts="results/comparison/set_conflicts.csv",
    log:
        "results/logs/comparison/choose_sets_across.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=150,
    script:
        "../scripts/choose_sets_across.py"


rule draw_comparison:
    input:
        cases="results/comparison/cases.csv",
        counts="results/comparison/counts.csv",
        criteria="results/comparison/criteria.csv",
        schemes="results/comparison/schemes.csv",
        answers="results/comparison/answers.csv",
        settings=settings("draw_comparison", job_settings.comparison_shown),
        modules=modules("draw_comparison"),
    output:
        COMPARISON_FIGURES,
        words="results/comparison/figures/list_comparison.json",
    log:
        "results/logs/comparison/draw_comparison.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=290,
    script:
        "../scripts/draw_comparison.py"


rule write_comparison:
    input:
        unpack(compared_sets),
        cases="results/comparison/cases.csv",
        counts="results/comparison/counts.csv",
        criteria="results/comparison/criteria.csv",
        schemes="results/comparison/schemes.csv",
        answers="results/comparison/answers.csv",
        words="results/comparison/figures/list_comparison.json",
        pictures=[path for path in COMPARISON_FIGURES if path.endswith((".png", ".svg", ".csv"))],
        settings=settings("write_comparison", job_settings.comparison_shown),
        modules=modules("write_comparison"),
    output:
        page=told_compared("results/comparison/report.html", "report"),
        columns="results/comparison/columns.csv",
        resolved="results/comparison/config.resolved.yaml",
    log:
        "results/logs/comparison/write_comparison.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=200,
    script:
        "../scripts/write_comparison.py"


rule list_comparison:
    input:
        tables=compared_tables,
        made=lambda wc: comparison_outputs(),
        resolved="results/comparison/config.resolved.yaml",
        settings=settings("list_comparison", of_comparison_manifest),
    output:
        manifest="results/comparison/audit/manifest.jsonl",
        environment="results/comparison/audit/environment.json",
    log:
        "results/logs/comparison/list_comparison.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=120,
    script:
        "../scripts/write_manifest.py"
