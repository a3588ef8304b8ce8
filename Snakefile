# smstra: which small and medium-sized towns and rural areas to study, from official figures.
# What a run makes is said in config/; how, in workflow/.


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/selection.smk"
include: "workflow/rules/pseudonyms.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/refresh.smk"


rule all:
    default_target: True
    input:
        audited(),
        "results/summary.txt",


rule typology:
    input:
        complete(["results/{case}/typology.csv"] + CASE_CHOICES),


rule robustness:
    input:
        at_least_one("robustness", robustness()),
        complete(CASE_CHOICES),


rule selection:
    input:
        at_least_one("selection", selection()),
        complete(CASE_CHOICES),


rule figures:
    input:
        complete(CASE_FIGURES + CASE_CHOICES),


rule report:
    input:
        complete(CASE_PAGES + CASE_WORKBOOK + CASE_CHOICES + CASE_FIGURES),


rule audit:
    input:
        audited(),


rule disclosure:
    input:
        at_least_one("disclosure", disclosed()),
        complete(CASE_CHOICES),


rule refresh:
    input:
        f"results/refresh/{SETTINGS.refresh['new_vintage']}/report.txt",
        expand(
            "results/refresh/{vintage}/{dataset}/report.txt",
            vintage=SETTINGS.refresh["new_vintage"],
            dataset=to_refresh(),
        ),


onsuccess:
    keep_record(ok=True)
    say_summary()


onerror:
    keep_record(ok=False)
    say_errors()
