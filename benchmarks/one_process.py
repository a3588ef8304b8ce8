"""The whole workflow in one plain process: the functions of the scripts, called in order.

Reads and writes the same files as the jobs do, in the current folder.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from smstra import config
from smstra import job_settings as js
from smstra.textfiles import write_text


def script(name: str) -> ModuleType:
    """Load workflow/scripts/<name>.py as a module."""
    spec = importlib.util.spec_from_file_location(name, Path(f"workflow/scripts/{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_case(case: str, settings: config.Settings) -> None:
    """Make all outputs of a case."""
    out = Path("results") / case
    units, harmonised = out / "units.csv", out / "harmonised.csv"
    indicators, typology = out / "indicators.csv", out / "typology.csv"
    sufficiency = out / "sufficiency.csv"
    script("make_units").run(js.units(settings, case), units)
    observed = [Path(f"results/observations/{d}.csv") for d in settings.cases[case]["datasets"]]
    script("harmonise").run(js.units(settings, case), observed, units, harmonised)
    script("compute_indicators").run(
        case, js.indicators(settings, case), harmonised, units, indicators, sufficiency
    )
    checks = js.checks(settings, case)
    script("check_aggregates").run(checks, harmonised, units, out / "aggregate_checks.csv")
    script("classify").run(
        js.typology(settings, case),
        harmonised,
        units,
        indicators,
        typology,
        out / "references.csv",
    )
    script("make_profiles").run(
        js.profile(settings, case),
        harmonised,
        units,
        indicators,
        typology,
        out / "profiles.csv",
        out / "profiles_columns.csv",
    )
    sheets = {
        "overview": "profiles",
        "overview columns": "profiles_columns",
        "typology": "typology",
        "references": "references",
        "indicators": "indicators",
        "sufficiency": "sufficiency",
        "checks": "aggregate_checks",
    }
    script("write_workbook").run(
        js.whole_case(settings, case),
        {sheet: out / f"{name}.csv" for sheet, name in sheets.items()},
        out / "workbook.xlsx",
    )
    drawn = js.figures(settings, case)
    script("draw_quadrants").run(
        drawn, indicators, typology, sufficiency, out / "figures/quadrants"
    )
    script("draw_population_index").run(
        drawn, harmonised, units, typology, out / "figures/population_index"
    )
    write_text(config.dump(case, settings), out / "config.resolved.yaml")


def main() -> None:
    """Run all shipped cases."""
    settings = config.load({"cases": ["be", "de"]})
    read = script("read_observations")
    for name in sorted({d for case in settings.cases.values() for d in case["datasets"]}):
        read.run(name, js.observations(settings, name), Path(f"results/observations/{name}.csv"))
    for case in settings.cases:
        run_case(case, settings)
    script("summarise").run(
        {case: Path(f"results/{case}/typology.csv") for case in settings.cases},
        {case: settings.cases[case]["title"] for case in settings.cases},
        Path("results/summary.txt"),
    )


if __name__ == "__main__":
    main()
