# The resolved configuration and the helpers of all rules. A fault in it ends the run here, before
# any job, in one sentence.

import sys
import time
from functools import cache
from pathlib import Path

from smstra import config as configuration
from smstra import figure_rules, folders, job_settings, pins, pseudonym_rules
from smstra.across import rules as across_rules
from smstra.audit import manifest, run_record
from smstra.dependencies import modules_of
from smstra.errors import SmstraError, listing
from smstra.failures import errors_since

if " " in sys.executable:
    print(
        f"smstra: {sys.executable}: Snakemake cannot start jobs from a path with a space in it; move the "
        "folder to a path without one and set it up there again.",
        file=sys.stderr,
    )
    sys.exit(1)
if workflow.modifier.path_modifier.prefix or workflow.modifier.path_modifier.modifies_prefixes:
    print(
        "smstra: the module statement has `prefix` or `replace_prefix`, by which jobs would write where nothing "
        "looks for it; leave it out, and give smstra a folder of its own (docs/module.md).",
        file=sys.stderr,
    )
    sys.exit(1)
# A workflow that imports this one may hand it a part of its own configuration. Its files are then
# that workflow's business.
WHOLE = workflow.modifier_stack[0].globals["config"] is config
try:
    SETTINGS = pseudonym_rules.split(
        configuration.load(
            config,
            files=workflow.configfiles if WHOLE else (),
            given="the `config` of the module smstra",
        )
    )
    pins.verify_bytes(SETTINGS.pins_of(SETTINGS.cases))
except SmstraError as error:
    print(f"smstra: {error}", file=sys.stderr)
    sys.exit(1)

NEVER_FETCHED = (
    "case {0} reads tables that are not in the project ({1}): fetch them by `snakemake refresh --cores 4 "
    "--config cases={0}` and adopt them by the line that it prints."
)
STARTED = time.time()
# Those to publish. Of a pseudonymised one SETTINGS has the whole case too, as private/<case>.
CASES = [case for case in SETTINGS.cases if not pseudonym_rules.is_private(case)]
PSEUDONYMISED = [case for case in CASES if pseudonym_rules.PRIVATE + case in SETTINGS.cases]
# Where this file and all others of the workflow lie; not the working folder where a study imports them.
PROJECT = folders.of_workflow()
SCRIPTS = PROJECT / "workflow/scripts"
CASE_TABLES = [
    f"results/{{case}}/{name}.csv"
    for name in (
        "units",
        "indicators",
        "sufficiency",
        "references",
        "typology",
        "aggregate_checks",
        "profiles",
        "profiles_columns",
        "towns",
        "series",
        "areas",
        "locality_profiles",
        "look_alikes",
    )
]
# Tables that the rule of the pages of towns makes.
MADE_WITH_PAGES = [f"results/{{case}}/{name}.csv" for name in ("locality_profiles", "look_alikes")]
CASE_WORKBOOK = ["results/{case}/workbook.xlsx"]
# Pages to open in a browser; of the profiles a folder with one for each chosen town.
CASE_PAGES = [
    "results/{case}/profiles",
    "results/{case}/explorer.html",
    "results/{case}/report.html",
]
# Made with every target: it says which choices the other files rest on.
CASE_CHOICES = ["results/{case}/config.resolved.yaml"]
# By family, each of which is one job.
FIGURES_OF = {
    family: [
        f"results/{{case}}/figures/{figure}.{form}"
        for figure in figures
        for form in ("png", "svg", "pdf", "csv", "md")
    ]
    for family, figures in figure_rules.FAMILIES.items()
}
CASE_FIGURES = [path for paths in FIGURES_OF.values() for path in paths]
# The words of the figures, for the pages that show them.
FIGURE_WORDS = [f"results/{{case}}/figures/list_{family}.json" for family in figure_rules.FAMILIES]
# What a case has only with the block, or the key of it, that asks for it.
CASE_ROBUSTNESS = [
    f"results/{{case}}/robustness/{name}.csv"
    for name in (
        "choices",
        "combinations",
        "schemes",
        "intervals",
        "probabilities",
        "convergence",
        "errors",
        "influence",
        "sensitivity",
        "sensitivity_left_out",
        "consistent_rules",
        "consistent_thresholds",
        "verdicts",
    )
]
CASE_CANDIDATES = ["results/{case}/selection/candidates.csv"]
CASE_SETS = [
    f"results/{{case}}/selection/{name}.csv" for name in ("selection", "selection_conflicts")
]
CASE_PAIRS = [
    f"results/{{case}}/selection/{name}.csv" for name in ("pairs", "balance", "pairs_left_out")
]
# Made for a pseudonymised case: nothing from which a unit could be picked out.
NOT_UNDER_PSEUDONYMS = ["results/{case}/explorer.html"] + [
    path for path in CASE_ROBUSTNESS if Path(path).stem not in pseudonym_rules.ROBUSTNESS_PUBLISHED
]
# Recorded while a case is computed, and made of its outputs: where they come from, whom they give away.
RECORDED = [
    f"results/{{case}}/{name}"
    for name in ("harmonised.csv", "audit/terms.csv", "audit/reference_units.csv")
]
CASE_AUDIT = ["results/{case}/audit/lineage.sqlite", "results/{case}/audit/published.csv"]
WHO_IS_WHO = ["results/{case}/pseudonyms.csv", "results/{case}/PRIVATE.txt"]
CASE_DISCLOSURE = ["results/{case}/audit/disclosure.csv"]
# What the outputs are, for other tools; the files of the workflow are copied beside it.
CASE_DESCRIPTION = [
    f"results/{{case}}/{name}"
    for name in (
        "ro-crate-metadata.json",
        "datapackage.json",
        "CITATION.cff",
        "README.md",
        "audit/prov.json",
    )
]
CASE_MANIFEST = ["results/{case}/audit/manifest.jsonl", "results/{case}/audit/environment.json"]
PUBLISHED = sorted(map(str, Path("data/published").glob("*.yaml")))
# What the private mapping reveals goes beside it and nowhere else.
CHECKED_PRIVATELY = str(Path(SETTINGS.private_mapping or "-").with_suffix(".published.{case}.csv"))
# Snakefile and rules, by their paths in workflow/.
WORKFLOW_FILES = [
    "Snakefile",
    *sorted(f"rules/{path.name}" for path in PROJECT.glob("workflow/rules/*.smk")),
]
# Of several cases, where the configuration compares them and at least two are run.
COMPARED = across_rules.compared(SETTINGS.comparison, CASES)
COMPARISON_TABLES = [
    f"results/comparison/{name}.csv"
    for name in ("cases", "counts", "criteria", "schemes", "answers", "columns")
]
COMPARISON_SETS = ["results/comparison/sets.csv", "results/comparison/set_conflicts.csv"]
COMPARISON_FIGURES = [
    f"results/comparison/figures/{name}.{form}"
    for name in across_rules.FIGURES
    for form in ("png", "svg", "pdf", "csv", "md")
]
COMPARISON_PAGES = ["results/comparison/report.html", "results/comparison/config.resolved.yaml"]
COMPARISON_MANIFEST = [
    "results/comparison/audit/manifest.jsonl",
    "results/comparison/audit/environment.json",
]
LACKS_BLOCK = (
    "no case of this run ({0}) has the block `{1}`, so there is nothing to make; add it to "
    "config/cases/<case>.yaml (config/README.md says what it holds)."
)


NAME_OF_CASE = f"(?!{across_rules.FOLDER}/)[a-z][a-z0-9-]*"
# Rules compute a pseudonymised case as private/<case> only; those that make what is published from the
# tables of pseudonyms, and only those, may write into its own folder.
PSEUDONYMISED_ONLY = "(?:" + ("|".join(PSEUDONYMISED) or "(?!)") + ")"
NOT_PSEUDONYMISED = f"(?!{PSEUDONYMISED_ONLY}/){NAME_OF_CASE}"
PRIVATE_CASE = f"{pseudonym_rules.PRIVATE}{PSEUDONYMISED_ONLY}"
# Of rules that describe what there is: of what is published and of the workings.
ANY_CASE = f"(?:{PRIVATE_CASE}|{NAME_OF_CASE})"


wildcard_constraints:
    case=f"(?:{PRIVATE_CASE}|{NOT_PSEUDONYMISED})",
    dataset="[a-z][a-z0-9_]*",
    vintage="[0-9]{4}-[0-9]{2}-[0-9]{2}[a-z]?",


def of_workflow(*names):
    """Return where files of the workflow lie, by their paths in workflow/."""
    return [folders.shown(PROJECT / "workflow" / name) for name in names]


def modules(script):
    return modules_of(SCRIPTS / f"{script}.py")


def settings(rule, of):
    """Return the input function for the file with all that `rule` reads of the configuration."""

    def path(wildcards):
        name = wildcards.get("case") or wildcards.get("dataset") or "all"
        # Settings of a private case name its towns.
        *private, own = name.split("/")
        folder = Path("results/settings", *private)
        return job_settings.store(f"{rule}-{own}", of(SETTINGS, name), folder)

    return path


@cache
def case_outputs(case):
    """Return all files that the rules of a case make, but those of its audit; a folder by its name.

    Of private/<case>, the workings of a pseudonymised case: its tables and its whole configuration.
    """
    block = SETTINGS.cases[case]
    paths = list(CASE_TABLES)
    if "robustness" in block:
        paths += CASE_ROBUSTNESS
    if "selection" in block:
        paths += CASE_CANDIDATES
        paths += CASE_SETS if "sets" in block["selection"] else []
        paths += CASE_PAIRS if "pairs" in block["selection"] else []
    if pseudonym_rules.is_private(case):
        paths = [path for path in paths if path not in MADE_WITH_PAGES] + CASE_CHOICES
    else:
        paths += CASE_WORKBOOK + CASE_PAGES + CASE_CHOICES + CASE_FIGURES + FIGURE_WORDS
    if case in PSEUDONYMISED:
        paths = [path for path in paths if path not in NOT_UNDER_PSEUDONYMS]
    return expand(paths, case=case)


def audit_outputs(case):
    """Return where the values of a case come from; of a pseudonymised one only its workings say it."""
    if case in PSEUDONYMISED:
        return []
    paths = RECORDED + CASE_AUDIT
    paths += CASE_DISCLOSURE if "disclosure" in SETTINGS.cases[case] else []
    # Who is who, made with the tables of pseudonyms.
    paths += WHO_IS_WHO if pseudonym_rules.is_private(case) else []
    return expand(paths, case=case)


def disclosed():
    """Return the input function for what would give the chosen towns away, case by case."""
    return lambda wildcards: [
        path
        for case in SETTINGS.cases
        for path in expand(CASE_DISCLOSURE, case=case)
        if path in audit_outputs(case)
    ]


def described_by(case):
    """Return the files that describe the outputs of a case to others; workings are not described."""
    if pseudonym_rules.is_private(case):
        return []
    copies = [f"results/{{case}}/audit/workflow/{path}" for path in WORKFLOW_FILES]
    return expand(CASE_DESCRIPTION + copies, case=case)


def observations_of_case(wildcards):
    """Return the tables of observations that a case uses."""
    datasets = SETTINGS.cases[wildcards.case]["datasets"]
    return expand("results/observations/{dataset}.csv", dataset=datasets)


def geography_of_case(wildcards):
    """Return the pinned files that make the units of a case."""
    return job_settings.files(SETTINGS, job_settings.geography_from(SETTINGS, wildcards.case))


def of_manifest(settings, case):
    """Return what the manifest of a case depends on, and which files it lists.

    Not as inputs: that many files in each call would cost a third of it. Every result changes the
    lineage or the descriptions, which are inputs; files that no rule makes count by their hashes here.
    """
    part = job_settings.manifest(settings, case)
    outputs = case_outputs(case) + audit_outputs(case) + described_by(case)
    return {**part, "outputs": sorted(outputs), "project": manifest.digest(part)}


def audited():
    """Return the input function for the audit of all cases, which rests on all their outputs."""

    def of_cases(wildcards):
        made = complete()(wildcards)
        for case in SETTINGS.cases:
            made += audit_outputs(case) + described_by(case) + expand(CASE_MANIFEST, case=case)
            if SETTINGS.private_mapping and not pseudonym_rules.is_private(case):
                made += [] if case in PSEUDONYMISED else expand(CHECKED_PRIVATELY, case=case)
        return made

    return of_cases


def complete(paths=None):
    """Return `paths` (all, if none are given) for all cases, as far as the case makes them.

    A case whose tables were never fetched ends the run here.
    """

    def of_cases(wildcards):
        for case in CASES:
            if waiting := SETTINGS.waiting(case):
                print(f"smstra: {NEVER_FETCHED.format(case, listing(waiting))}", file=sys.stderr)
                sys.exit(1)
        made = []
        for case in SETTINGS.cases:
            asked = None if paths is None else set(expand(paths, case=case))
            made += [path for path in case_outputs(case) if asked is None or path in asked]
        return made

    return of_cases


def with_candidates():
    """Return the compared cases whose candidates may be named."""
    able = [case for case in COMPARED if case not in PSEUDONYMISED]
    return [case for case in able if "selection" in SETTINGS.cases[case]]


def compared_tables(wildcards):
    """Return the tables of the compared cases that are set side by side; of a pseudonymised one those
    that are published and say nothing of single units."""
    names = ["typology", "sufficiency", "references"]
    paths = []
    for case in COMPARED:
        more = [] if case in PSEUDONYMISED else ["indicators", "units", "harmonised"]
        paths += expand(f"results/{case}/{{name}}.csv", name=[*names, *more])
    return paths + expand(CASE_CANDIDATES, case=with_candidates())


def compared_sets(wildcards):
    """Return the sets of towns across cases by name, if the configuration asks for them."""
    asked = "sets" in (SETTINGS.comparison or {})
    return {Path(path).stem: path for path in COMPARISON_SETS} if asked else {}


def comparison_outputs():
    """Return all files of the comparison of cases, but those of its audit; none if nothing is compared."""
    if not COMPARED:
        return []
    made = COMPARISON_TABLES + COMPARISON_FIGURES + COMPARISON_PAGES
    words = "results/comparison/figures/list_comparison.json"
    return [*made, *compared_sets(None).values(), words]


def comparison(wildcards):
    """Return what `comparison` makes, or end the run here with what it lacks."""
    if not COMPARED:
        why = across_rules.why_none(SETTINGS.comparison, CASES) or across_rules.LACKS_BLOCK
        print(f"smstra: {why}.", file=sys.stderr)
        sys.exit(1)
    complete(CASE_CHOICES)(wildcards)
    return comparison_outputs()


def of_comparison_manifest(settings, _):
    """Return what the manifest of the comparison depends on, and which files it lists."""
    part = {
        **job_settings.comparison_listed(settings),
        "tables": sorted(compared_tables(None)),
        "outputs": sorted(comparison_outputs()),
    }
    return {**part, "project": manifest.digest(part)}


def robustness():
    """Return the input function for what `robustness` asks for, case by case."""
    return complete(CASE_ROBUSTNESS)


def selection():
    """Return the input function for what `selection` asks for, case by case."""
    return complete(CASE_CANDIDATES + CASE_SETS + CASE_PAIRS)


def with_block(name, key=None):
    """Return the cases with the block `name`, and in it `key` if that is asked for."""
    return [
        case
        for case in CASES
        if name in SETTINGS.cases[case] and (key is None or key in SETTINGS.cases[case][name])
    ]


def at_least_one(name, inputs):
    """Return `inputs`, or end the run here where no case has the block `name`."""

    def of_cases(wildcards):
        if not any(name in case for case in SETTINGS.cases.values()):
            print(f"smstra: {LACKS_BLOCK.format(listing(CASES), name)}", file=sys.stderr)
            sys.exit(1)
        return inputs(wildcards)

    return of_cases


def to_refresh():
    """Return the datasets that `snakemake refresh` fetches."""
    return job_settings.to_refresh(SETTINGS)[0]


def told(path, caption, category, subcategory=None, **labels):
    """Return an output that `snakemake --report` shows with its caption, category and labels."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=subcategory,
        labels={"case": "{case}", **labels},
    )


def told_compared(path, what, caption="comparison"):
    """Return an output that `snakemake --report` shows with its caption among the comparisons."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category="Comparison",
        labels={"what": what},
    )


def told_figures(family):
    """Return the files of a family of figures; `snakemake --report` shows the SVG of each."""
    return [
        (
            told(
                path,
                "figure",
                "Figures",
                family.capitalize(),
                figure=Path(path).stem.replace("_", " "),
            )
            if path.endswith(".svg")
            else path
        )
        for path in FIGURES_OF[family]
    ]


def robustness_of(*names):
    """Return the input function for tables of robustness by name, for a case that has them."""
    return lambda wildcards: {
        name: f"results/{wildcards.case}/robustness/{name}.csv"
        for name in names
        if f"results/{wildcards.case}/robustness/{name}.csv" in case_outputs(wildcards.case)
    }


def refuse_leftovers():
    """End the run here if the folder of a pseudonymised case holds what may name units."""
    for case in PSEUDONYMISED:
        try:
            made = case_outputs(case) + described_by(case) + expand(CASE_MANIFEST, case=case)
            pseudonym_rules.refuse_leftovers(Path(f"results/{case}"), made)
        except SmstraError as error:
            print(f"smstra: {error}", file=sys.stderr)
            sys.exit(1)


# Not in the jobs of a run, which look while others write.
if workflow.is_main_process:
    refuse_leftovers()


def say_summary():
    path = Path("results/summary.txt")
    behind = [Path(f"results/{case}/typology.csv") for case in CASES]
    behind += map(
        Path, expand("results/{case}/robustness/verdicts.csv", case=with_block("robustness"))
    )
    behind += map(Path, expand(CASE_SETS, case=with_block("selection", "sets")))
    current = path.is_file() and all(
        each.is_file() and each.stat().st_mtime <= path.stat().st_mtime for each in behind
    )
    if current:
        print("", path.read_text(encoding="utf-8"), sep="\n", file=sys.stderr)


def say_errors():
    for line in errors_since(Path("results/logs"), STARTED, SETTINGS):
        print("", line, sep="\n", file=sys.stderr)


def keep_record(ok):
    """Write when the run was, what it made and how it ended."""
    run_record.write(
        started=STARTED, ended=time.time(), ok=ok, cases=CASES, asked_by=SETTINGS.asked_by
    )


def finish(ok):
    """Write the record of a run and say its last words; a workflow that imports this one calls it too."""
    keep_record(ok)
    if ok:
        say_summary()
    else:
        say_errors()
