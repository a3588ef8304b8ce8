"""The whole workflow in one plain process: the functions of the scripts, called in order.

Reads and writes the same files as the jobs do, in the current folder.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from smstra import config, figure_rules, strict_yaml
from smstra import job_settings as js
from smstra.across import tables as compared
from smstra.textfiles import write_text

FAMILIES = tuple(figure_rules.FAMILIES)
CASE_TABLES = (
    "units",
    "harmonised",
    "indicators",
    "sufficiency",
    "references",
    "typology",
    "aggregate_checks",
    "towns",
    "areas",
)
ROBUSTNESS_TABLES = (
    "verdicts",
    "intervals",
    "probabilities",
    "combinations",
    "sensitivity",
    "influence",
)

COMPARED_TABLES = ("typology", "sufficiency", "references", "indicators", "units", "harmonised")


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
        case,
        js.indicators(settings, case),
        harmonised,
        units,
        indicators,
        sufficiency,
        out / "audit/terms.csv",
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
        out / "audit/reference_units.csv",
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
    write_text(config.dump(case, settings), out / "config.resolved.yaml")
    if "robustness" in settings.cases[case]:
        run_robustness(case, settings, out)
    if "selection" in settings.cases[case]:
        run_selection(case, settings, out)
    compare(case, settings, out)
    draw_figures(case, settings, out)
    write_pages(case, settings, out)
    audit(case, settings, out)


def audit(case: str, settings: config.Settings, out: Path) -> None:
    """Make what the audit of a case rests on: lineage, checks of print and crowds, descriptions, manifest."""
    made = sorted(out.iterdir())
    trace(case, settings, out)
    harmonised, units = out / "harmonised.csv", out / "units.csv"
    script("check_published").run(
        js.published(settings, case),
        sorted(Path("data/published").glob("*.yaml")),
        harmonised,
        units,
        {d: Path(f"results/observations/{d}.csv") for d in settings.cases[case]["datasets"]},
        out / "audit/published.csv",
    )
    if "disclosure" in settings.cases[case]:
        script("measure_disclosure").run(
            js.disclosure(settings, case),
            *(out / f"{name}.csv" for name in ("towns", "units", "indicators", "typology")),
            out / "audit/disclosure.csv",
        )
    rules = [Path("workflow/Snakefile"), *sorted(Path("workflow/rules").glob("*.smk"))]
    script("describe_results").run(
        case,
        js.description(settings, case),
        out,
        made,
        [(path, out / "audit/workflow" / path.relative_to("workflow")) for path in rules],
    )
    everything = [path.as_posix() for path in sorted(out.rglob("*")) if path.is_file()]
    names = ("audit/manifest.jsonl", "audit/environment.json")
    script("write_manifest").run(
        {**js.manifest(settings, case), "outputs": everything},
        out / "config.resolved.yaml",
        *(out / name for name in names),
    )


def trace(case: str, settings: config.Settings, out: Path) -> None:
    """Write the lineage of all files of a case that are there."""
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    script("trace_values").run(js.lineage(settings, case), files, out / "audit/lineage.sqlite")


def compare(case: str, settings: config.Settings, out: Path) -> None:
    """Make the tables of the chosen towns, their regions and the country."""
    best = settings.cases[case]["figures"]["towns"]["choose"] == "best_set"
    script("choose_towns").run(
        js.towns(settings, case),
        out / "typology.csv",
        out / "units.csv",
        of_sets(case)["selection"] if best else None,
        out / "towns.csv",
    )
    script("compare_areas").run(
        js.comparison(settings, case),
        *(out / f"{name}.csv" for name in ("harmonised", "units", "indicators", "towns")),
        out / "series.csv",
        out / "areas.csv",
    )


def draw_figures(case: str, settings: config.Settings, out: Path) -> None:
    """Draw every figure of a case."""
    for family in FAMILIES:
        draw = script(f"draw_{family}")
        tables = {name: out / f"{name}.csv" for name in draw.TABLES}
        if family == "typology" and "robustness" in settings.cases[case]:
            tables |= {name: out / f"robustness/{name}.csv" for name in draw.ROBUSTNESS_TABLES}
        words = out / f"figures/list_{family}.json"
        read = js.typology_figures if family == "typology" else js.figures
        draw.run(read(settings, case), out / "towns.csv", tables, words)


def run_robustness(case: str, settings: config.Settings, out: Path) -> None:
    """Make what the block ``robustness`` asks for."""

    def made(*names: str) -> list[Path]:
        return [out / "robustness" / f"{name}.csv" for name in names]

    harmonised, units = out / "harmonised.csv", out / "units.csv"
    typology, references = out / "typology.csv", out / "references.csv"
    figures = (harmonised, units, typology)
    script("map_schemes").run(
        js.choices(settings, case), *figures, *made("choices", "combinations", "schemes")
    )
    script("measure_stability").run(
        js.comparisons(settings, case), typology, references, *made("intervals")
    )
    script("draw_probabilities").run(
        js.probabilities(settings, case),
        *figures,
        references,
        *made("probabilities", "convergence", "errors"),
    )
    script("measure_influence").run(
        js.influence(settings, case),
        *figures,
        references,
        *made("choices", "combinations", "influence", "sensitivity", "sensitivity_left_out"),
    )
    known = js.own_table(settings, case, "robustness", "known_cases")
    script("find_consistent_rules").run(
        js.known_cases(settings, case),
        harmonised,
        units,
        *made("choices"),
        Path(known[0]) if known else None,
        *made("consistent_rules", "consistent_thresholds"),
    )
    script("give_verdicts").run(
        js.verdicts(settings, case),
        typology,
        *made("schemes", "probabilities", "intervals", "verdicts"),
    )


def run_selection(case: str, settings: config.Settings, out: Path) -> None:
    """Make what the block ``selection`` asks for."""
    block = settings.cases[case]["selection"]
    candidates = out / "selection/candidates.csv"

    def own(name: str) -> Path | None:
        paths = js.own_table(settings, case, "selection", "candidates", name, "table")
        return Path(paths[0]) if paths else None

    verdicts = out / "robustness/verdicts.csv"
    script("list_candidates").run(
        js.candidates(settings, case),
        *(out / f"{name}.csv" for name in ("harmonised", "units", "indicators", "typology")),
        verdicts if "robustness" in settings.cases[case] else None,
        own("reception"),
        own("politics"),
        candidates,
    )
    if "sets" in block:
        script("choose_sets").run(
            js.sets(settings, case), candidates, out / "units.csv", *of_sets(case).values()
        )
    if "pairs" in block:
        script("match_pairs").run(
            js.pairs(settings, case),
            candidates,
            out / "indicators.csv",
            *(out / f"selection/{name}.csv" for name in ("pairs", "balance", "pairs_left_out")),
        )


def write_pages(case: str, settings: config.Settings, out: Path) -> None:
    """Make profiles, workbook, explorer and report."""
    whole = settings.cases[case]
    choice = whole.get("selection", {})
    there = {name: out / f"{name}.csv" for name in CASE_TABLES}
    if "robustness" in whole:
        there |= {name: out / f"robustness/{name}.csv" for name in ROBUSTNESS_TABLES}
    if choice:
        there["candidates"] = out / "selection/candidates.csv"
    if "sets" in choice:
        there |= of_sets(case)
    if "pairs" in choice:
        there |= {name: out / f"selection/{name}.csv" for name in ("pairs", "pairs_left_out")}

    def some(*names: str) -> dict[str, Path]:
        return {name: there[name] for name in names if name in there}

    made = (out / "locality_profiles.csv", out / "look_alikes.csv")
    profiles = script("make_locality_profiles")
    read = some(
        "towns", "units", "indicators", "areas", "typology", "sufficiency", *profiles.NUMBERS
    )
    profiles.run(js.locality_profiles(settings, case), read, *made, out / "profiles")
    sheets = {
        "overview": out / "profiles.csv",
        "locality_profiles": made[0],
        "look_alikes": made[1],
        **some("typology", "verdicts", "candidates", "selection"),
        **some("references", "indicators", "sufficiency"),
        "checks": out / "aggregate_checks.csv",
        "overview columns": out / "profiles_columns.csv",
    }
    script("write_workbook").run(js.whole_case(settings, case), sheets, out / "workbook.xlsx")
    explorer = script("make_explorer")
    explorer.run(
        case,
        js.explorer(settings, case),
        *(there[name] for name in ("harmonised", "units", "indicators", "typology")),
        some(*explorer.NUMBERS),
        out / "explorer.html",
    )
    report = script("write_report")
    report.run(
        js.report(settings, case),
        some(*report.document.TABLES),
        {family: out / f"figures/list_{family}.json" for family in FAMILIES},
        out / "config.resolved.yaml",
        out / "report.html",
    )


def of_sets(case: str) -> dict[str, Path]:
    """Return the files of the best sets, by their names in the summary."""
    folder = Path(f"results/{case}/selection")
    return {
        "selection": folder / "selection.csv",
        "conflicts": folder / "selection_conflicts.csv",
    }


def summarised(case: str, settings: config.Settings) -> dict[str, Path]:
    """Return the tables of a case that the summary reads."""
    tables = {"typology": Path(f"results/{case}/typology.csv")}
    if "robustness" in settings.cases[case]:
        tables["verdicts"] = Path(f"results/{case}/robustness/verdicts.csv")
    if "sets" in settings.cases[case].get("selection", {}):
        tables |= of_sets(case)
    return tables


def run_comparison(settings: config.Settings) -> None:
    """Set the cases side by side, in results/comparison/."""
    out = Path("results/comparison")
    cases = js.compared(settings, "")["cases"]
    tables = {
        case: {name: Path(f"results/{case}/{name}.csv") for name in COMPARED_TABLES}
        for case in cases
    }
    candidates = {
        case: Path(f"results/{case}/selection/candidates.csv")
        for case in cases
        if "selection" in settings.cases[case]
    }
    for case, path in candidates.items():
        tables[case]["candidates"] = path
    script("compare_cases").run(js.compared(settings, ""), tables, out)
    if "sets" in settings.comparison:
        found = (out / "sets.csv", out / "set_conflicts.csv")
        script("choose_sets_across").run(js.sets_across(settings, ""), candidates, *found)
    shown, words = js.comparison_shown(settings, ""), out / "figures/list_comparison.json"
    made = {name: out / f"{name}.csv" for name in (*compared.ALWAYS, *compared.SETS)}
    made = {name: path for name, path in made.items() if path.is_file()}
    script("draw_comparison").run(shown, made, words.parent, words)
    pages = (out / name for name in ("report.html", "columns.csv", "config.resolved.yaml"))
    script("write_comparison").run(shown, made, words, *pages)
    script("write_manifest").run(
        {
            **js.comparison_listed(settings),
            "tables": sorted(path.as_posix() for each in tables.values() for path in each.values()),
            "outputs": sorted(path.as_posix() for path in out.rglob("*") if path.is_file()),
        },
        out / "config.resolved.yaml",
        *(out / name for name in ("audit/manifest.jsonl", "audit/environment.json")),
    )


def summarise(settings: config.Settings) -> None:
    """Write what a run ends with."""
    part = js.titles(settings, "")
    script("summarise").run(
        part["titles"],
        {case: summarised(case, settings) for case in part["titles"]},
        Path("results/summary.txt"),
        part.get("pseudonymised", {}),
        part.get("comparison", ""),
    )


def main() -> None:
    """Run the cases of the project's configuration, none of them pseudonymised."""
    settings = config.load(strict_yaml.load(Path("config/config.yaml")))
    read = script("read_observations")
    for name in sorted({d for case in settings.cases.values() for d in case["datasets"]}):
        read.run(name, js.observations(settings, name), Path(f"results/observations/{name}.csv"))
    for case in settings.cases:
        run_case(case, settings)
    if settings.comparison is not None:
        run_comparison(settings)
    summarise(settings)


if __name__ == "__main__":
    main()
