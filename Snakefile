# smstra: which small and medium-sized towns and rural areas to study, from official figures.
# What a run makes is said in config/; how, in workflow/.


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/outputs.smk"


rule all:
    default_target: True
    input:
        expand(CASE_TABLES + CASE_WORKBOOK + CASE_CHOICES + CASE_FIGURES, case=CASES),
        "results/summary.txt",


rule typology:
    input:
        expand("results/{case}/typology.csv", case=CASES),
        expand(CASE_CHOICES, case=CASES),


rule figures:
    input:
        expand(CASE_FIGURES, case=CASES),
        expand(CASE_CHOICES, case=CASES),


onsuccess:
    say_summary()


onerror:
    say_errors()
