# The resolved configuration and the helpers of all rules. A fault in it ends the run here, before
# any job, in one sentence.

import sys
import time
from pathlib import Path

from smstra import config as configuration
from smstra import figure_rules, job_settings, pins
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
try:
    SETTINGS = configuration.load(config, files=workflow.configfiles)
    pins.verify_bytes(SETTINGS.pins_in_use())
except SmstraError as error:
    print(f"smstra: {error}", file=sys.stderr)
    sys.exit(1)

NEVER_FETCHED = (
    "case {0} reads tables that are not in the project ({1}): fetch them by `snakemake refresh --cores 4 "
    "--config cases={0}` and adopt them by the line that it prints."
)
STARTED = time.time()
CASES = list(SETTINGS.cases)
SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
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
LACKS_BLOCK = (
    "no case of this run ({0}) has the block `{1}`, so there is nothing to make; add it to "
    "config/cases/<case>.yaml (config/README.md says what it holds)."
)


wildcard_constraints:
    case="[a-z][a-z0-9-]*",
    dataset="[a-z][a-z0-9_]*",
    vintage="[0-9]{4}-[0-9]{2}-[0-9]{2}[a-z]?",


def modules(script):
    return modules_of(SCRIPTS / f"{script}.py")


def settings(rule, of):
    """Return the input function for the file with all that `rule` reads of the configuration."""

    def path(wildcards):
        name = wildcards.get("case") or wildcards.get("dataset") or "all"
        return job_settings.store(f"{rule}-{name}", of(SETTINGS, name), Path("results/settings"))

    return path


def complete(paths):
    """Return `paths` for all cases; a case whose tables were never fetched ends the run here."""

    def of_cases(wildcards):
        for case in CASES:
            if waiting := SETTINGS.waiting(case):
                print(f"smstra: {NEVER_FETCHED.format(case, listing(waiting))}", file=sys.stderr)
                sys.exit(1)
        return expand(paths, case=CASES)

    return of_cases


def robustness():
    """Return the input function for what `robustness` asks for, case by case."""
    return lambda wildcards: expand(CASE_ROBUSTNESS, case=with_block("robustness"))


def selection():
    """Return the input function for what `selection` asks for, case by case."""
    return lambda wildcards: (
        expand(CASE_CANDIDATES, case=with_block("selection"))
        + expand(CASE_SETS, case=with_block("selection", "sets"))
        + expand(CASE_PAIRS, case=with_block("selection", "pairs"))
    )


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
        if not with_block(name):
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
        if wildcards.case in with_block("robustness")
    }


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
