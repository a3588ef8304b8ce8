# Asked for by name only: fetch new vintages beside those in use and say what they would change. The
# modules are no input here: a dataset is never fetched again because code moved.


rule refresh_dataset:
    input:
        settings=settings("refresh", job_settings.refresh),
    output:
        outcome="results/refresh/{vintage}/{dataset}/outcome.json",
        changes="results/refresh/{vintage}/{dataset}/changes.csv",
        types="results/refresh/{vintage}/{dataset}/types.csv",
        report="results/refresh/{vintage}/{dataset}/report.txt",
    log:
        "results/logs/refresh/{vintage}/{dataset}.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/refresh_dataset.py"


rule report_refresh:
    input:
        outcomes=lambda wc: expand(
            "results/refresh/{{vintage}}/{dataset}/outcome.json", dataset=to_refresh()
        ),
        settings=settings("adoption", job_settings.adoption),
    output:
        types="results/refresh/{vintage}/types.csv",
        report="results/refresh/{vintage}/report.txt",
    log:
        "results/logs/refresh/{vintage}/report.log",
    conda:
        "../envs/smstra.yaml"
    resources:
        mem_mb=180,
    script:
        "../scripts/report_refresh.py"
