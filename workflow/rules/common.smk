# The resolved configuration and the helpers of all rules. A fault in it ends the run here, before
# any job, in one sentence.

import sys
from pathlib import Path

from smstra import config as configuration
from smstra import job_settings, snapshots
from smstra.dependencies import modules_of
from smstra.errors import SmstraError

try:
    SETTINGS = configuration.load(config, files=workflow.configfiles)
    snapshots.verify_bytes(SETTINGS.pins)
except SmstraError as error:
    print(f"smstra: {error}", file=sys.stderr)
    sys.exit(1)

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
    )
]
CASE_OUTPUTS = ["results/{case}/workbook.xlsx", "results/{case}/config.resolved.yaml"]
FIGURE_FILES = [
    f"results/{{case}}/figures/{{figure}}.{form}" for form in ("png", "svg", "pdf", "csv", "md")
]
CASE_FIGURES = [
    path.replace("{figure}", figure)
    for figure in ("quadrants", "population_index")
    for path in FIGURE_FILES
]


wildcard_constraints:
    case="[a-z][a-z0-9-]*",
    dataset="[a-z][a-z0-9_]*",


def modules(script):
    return modules_of(SCRIPTS / f"{script}.py")


def figure_files(figure):
    return [path.replace("{figure}", figure) for path in FIGURE_FILES]


def say_summary():
    path = Path("results/summary.txt")
    if path.is_file():
        print("\n" + path.read_text(encoding="utf-8"), file=sys.stderr)


def say_errors():
    """Repeat at the end, where it is seen, the one line that each failed job has written."""
    for path in sorted(Path("results/logs").rglob("*.log")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("smstra: "):
                print("\n" + line, file=sys.stderr)
