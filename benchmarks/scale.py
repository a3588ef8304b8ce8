"""Time and memory of every stage against the number of units, in one plain process and as a workflow.

``python benchmarks/scale.py [--sizes 1000 10000 100000] [--workflow 1000] [--thin 1000000]`` makes, for each
size, a project whose units are a sample of the 99,140 local administrative units of Europe (copies of them
beyond that) with GENERATED series, runs every stage in one plain process and notes wall time, processor
time, the peak of the memory while the stage ran, and the bytes of the results. ``--workflow`` sizes are run
by Snakemake as well; of ``--thin`` sizes three years are kept and the stages end with the types. Writes
scale.json and scale.png beside this file. Linux only: the peak is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
import make_lau
import numpy as np
import one_process
import pandas as pd
import run as whole_run
import yaml

from smstra import config, lau, snapshots
from smstra import job_settings as js

HERE = Path(__file__).resolve().parent
CASE = "lau-europe"
OUT = HERE / "scale.json"
THIN = (2005, 2014, 2016)
# What is said of a size as a whole.
_WHOLE = ("wall_s", "processor_s", "peak_mb", "bytes")
# The tables that are made for each size, and those that stay as they are.
_MADE = ("smstra_lau_units", "smstra_lau_figures", "smstra_lau_area_units", "smstra_lau_generated")
_KEPT = ("eurostat_lau_2019", "geonames_country_areas", *_MADE)
_THIN_LOOK = {"marker": "s", "color": "#c65102", "linestyle": "dotted"}


def sampled(units: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return so many units: every k-th, or all of them over and over under codes of their own."""
    if number <= len(units):
        places = np.unique(np.linspace(0, len(units) - 1, number).astype(int))
        return units.iloc[places].reset_index(drop=True)
    parts = []
    for copy in range(-(-number // len(units))):
        part = units.copy() if copy == 0 else units.assign(unit=units["unit"] + f"_copy{copy}")
        parts.append(part)
    return pd.concat(parts).head(number).sort_values("unit", ignore_index=True)


def project(folder: Path, number: int, years: tuple[int, ...] = ()) -> Path:
    """Write a project with the case lau-europe and so many units (of ``years`` only, if given)."""
    whole_run.copy_project(folder)
    published, decided = make_lau.compiled()
    units = sampled(published, number)
    there = decided[decided["country"].isin(units["country"])]
    make_lau.write(units, there, lau.generated(units), folder)
    for kind in ("cases", "datasets"):
        for path in folder.glob(f"config/{kind}/*.yaml"):
            if path.stem not in (CASE, "lau"):
                path.unlink()
    (folder / "config/config.yaml").write_text(f"cases: [{CASE}]\n", encoding="utf-8")
    (folder / "config/breaks.yaml").unlink()
    described = folder / "config/datasets/lau.yaml"
    if years:
        _keep_years(folder, described, years)
    reading = yaml.safe_load(described.read_text(encoding="utf-8"))
    pins = yaml.safe_load((folder / "data/sources.yaml").read_text(encoding="utf-8"))["snapshots"]
    kept = [pin for pin in pins if pin["id"] in _KEPT]
    for pin in kept:
        if pin["id"] in _MADE:
            raw = (folder / pin["file"]).read_bytes()
            pin.update(snapshots.describe(raw, reading[pin["id"]], pin["file"]))
        if years and pin["id"] == "smstra_lau_generated":
            pin["reference_dates"] = {"first": f"{years[0]}-01-01", "last": f"{years[-1]}-01-01"}
    text = yaml.safe_dump({"snapshots": kept}, allow_unicode=True, sort_keys=False)
    (folder / "data/sources.yaml").write_text(text, encoding="utf-8")
    return folder


def _keep_years(folder: Path, described: Path, years: tuple[int, ...]) -> None:
    """Leave only some years in the generated table, its description and the case (no windows)."""
    import polars  # noqa: PLC0415 - only here

    path = make_lau.snapshot(folder, "lau_generated", "parquet")
    table = polars.read_parquet(path)
    gone = [name for name in table.columns if name[-4:].isdigit() and int(name[-4:]) not in years]
    table.drop(gone).write_parquet(path, compression="zstd", statistics=False)
    text = described.read_text(encoding="utf-8")
    for name in gone:
        text = re.sub(rf"\b{name}\b,?\s*", "", text)
    described.write_text(text, encoding="utf-8")
    case = folder / f"config/cases/{CASE}.yaml"
    block = yaml.safe_load(case.read_text(encoding="utf-8"))
    block["robustness"]["windows"] = {}
    case.write_text(yaml.safe_dump(block, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _peak() -> float:
    """Return the peak of this process's memory since :func:`_forget_peak`, in MB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1e3


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def stages(folder: Path, only_types: bool) -> list[dict[str, Any]]:
    """Run every stage of the project in this process; return what each cost, in order."""
    os.chdir(folder)
    measured: list[dict[str, Any]] = []
    load = one_process.script

    def timed(name: str) -> Any:
        module = load(name)
        inner = module.run

        def run(*args: Any, **kwargs: Any) -> Any:
            _forget_peak()
            wall, processor = time.perf_counter(), time.process_time()
            found = inner(*args, **kwargs)
            measured.append(
                {
                    "stage": name,
                    "wall_s": round(time.perf_counter() - wall, 3),
                    "processor_s": round(time.process_time() - processor, 3),
                    "peak_mb": round(_peak(), 1),
                }
            )
            return found

        module.run = run
        return module

    one_process.script = timed
    settings = config.load({"cases": [CASE]})
    for name in settings.cases[CASE]["datasets"]:
        path = Path(f"results/observations/{name}.csv")
        timed("read_observations").run(name, js.observations(settings, name), path)
    if only_types:
        _types(settings)
    else:
        one_process.run_case(CASE, settings)
    return measured


def _types(settings: Any) -> None:
    """The stages up to the types, of a project without robustness and selection."""
    out = Path("results") / CASE
    units, harmonised, indicators = (
        out / f"{name}.csv" for name in ("units", "harmonised", "indicators")
    )
    observed = [
        Path(f"results/observations/{name}.csv") for name in settings.cases[CASE]["datasets"]
    ]
    one_process.script("make_units").run(js.units(settings, CASE), units)
    one_process.script("harmonise").run(js.units(settings, CASE), observed, units, harmonised)
    one_process.script("compute_indicators").run(
        CASE,
        js.indicators(settings, CASE),
        harmonised,
        units,
        indicators,
        out / "sufficiency.csv",
        out / "audit/terms.csv",
    )
    one_process.script("classify").run(
        js.typology(settings, CASE),
        harmonised,
        units,
        indicators,
        out / "typology.csv",
        out / "references.csv",
        out / "audit/reference_units.csv",
    )


def by_stage(measured: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the cost of each stage; one that ran several times is added up, its peak the highest."""
    found: dict[str, dict[str, float]] = {}
    for each in measured:
        own = found.setdefault(each["stage"], {"wall_s": 0.0, "processor_s": 0.0, "peak_mb": 0.0})
        own["wall_s"] = round(own["wall_s"] + each["wall_s"], 3)
        own["processor_s"] = round(own["processor_s"] + each["processor_s"], 3)
        own["peak_mb"] = max(own["peak_mb"], each["peak_mb"])
    return found


def exponent(sizes: list[int], costs: list[float]) -> float | None:
    """Return b of the fitted cost = a * units^b (least squares of the logarithms); None with one size."""
    if len(sizes) < 2:
        return None
    return round(float(np.polyfit(np.log(sizes), np.log(np.maximum(costs, 1e-3)), 1)[0]), 3)


def weight_of(folder: Path) -> int:
    """Return the bytes of all results of the case."""
    return sum(path.stat().st_size for path in (folder / "results").rglob("*") if path.is_file())


def measure(number: int, thin: bool, by_workflow: bool) -> dict[str, Any]:
    """Return what one size costs: by stage, in all, and as a workflow if asked for."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = project(Path(scratch) / "plain", number, THIN if thin else ())
        command = [sys.executable, __file__, "--stages", str(folder)] + ["--types"] * thin
        environment = {**os.environ, "PYTHONPATH": f"{folder / 'workflow/lib'}:{HERE}"}
        said = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        found = by_stage(json.loads(said.splitlines()[-1]))
        made = {
            "units": number,
            "thin": thin,
            "stages": found,
            "wall_s": round(sum(each["wall_s"] for each in found.values()), 2),
            "processor_s": round(sum(each["processor_s"] for each in found.values()), 2),
            "peak_mb": max(each["peak_mb"] for each in found.values()),
            "bytes": weight_of(folder),
        }
        if by_workflow:
            whole = project(Path(scratch) / "whole", number)
            snakemake = [sys.executable, "-m", "snakemake", "--cores", "2"]
            made["workflow"] = whole_run.measure(snakemake, whole)
            made["workflow"]["ratio"] = round(made["workflow"]["seconds"] / made["wall_s"], 3)
    return made


def exponents(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fitted exponents: over all whole sizes, between the two largest, and of thin ones.

    Small sizes are mostly what every run costs, so between the largest two is nearer to what growth costs.
    """
    whole = sorted((each for each in sizes if not each["thin"]), key=lambda each: each["units"])
    thin = sorted((each for each in sizes if each["thin"]), key=lambda each: each["units"])
    return {
        "all": _exponents(whole),
        "largest": _exponents(whole[-2:]),
        "thin": _exponents(thin),
    }


def _exponents(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    units = [each["units"] for each in sizes]
    names = list(sizes[0]["stages"]) if sizes else []
    return {
        **{key: exponent(units, [each[key] for each in sizes]) for key in _WHOLE},
        "stages": {
            name: exponent(units, [each["stages"][name]["processor_s"] for each in sizes])
            for name in names
        },
    }


def draw(found: dict[str, Any], path: Path) -> None:
    """Draw cost against size: time, memory and bytes, each on logarithmic axes."""
    import matplotlib  # noqa: PLC0415 - not in the process that is measured

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415
    import matplotlib.ticker  # noqa: PLC0415

    whole = sorted((e for e in found["sizes"] if not e["thin"]), key=lambda each: each["units"])
    thin = sorted((e for e in found["sizes"] if e["thin"]), key=lambda each: each["units"])
    figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.2), layout="constrained")
    titles = {
        "processor_s": ("Processor time, seconds", 1),
        "peak_mb": ("Peak memory, MB", 1),
        "bytes": ("Bytes of the results, MB", 1e-6),
    }
    for axes, (key, (title, factor)) in zip(panels, titles.items(), strict=True):
        units = [each["units"] for each in whole]
        axes.loglog(units, [each[key] * factor for each in whole], marker="o", color="#0b6aa2")
        axes.loglog(
            [each["units"] for each in thin], [each[key] * factor for each in thin], **_THIN_LOOK
        )
        slope = found["exponents"]["largest"][key]
        axes.set_title(
            title if slope is None else f"{title}\nat the end as units$^{{{slope:.2f}}}$",
            fontsize=9,
        )
        axes.set_xlabel("Units", fontsize=8)
        axes.tick_params(labelsize=8)
        # Whole powers of ten around what was measured, so that a slope looks like what it is.
        low, high = axes.get_ylim()
        axes.set_ylim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
            axis.set_minor_formatter(matplotlib.ticker.NullFormatter())
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    if thin:
        panels[0].plot([], [], label="three years, up to the types", **_THIN_LOOK)
        panels[0].legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=160, metadata={"Software": None})
    plt.close(figure)


def table(found: dict[str, Any]) -> str:
    """Return the figures as Markdown: sizes, then stages with their exponents."""
    lines = [
        machine.in_words(found["machine"]) + ". GENERATED series.",
        "",
        "| units | stages | processor s | wall s | peak MB | results MB | workflow / one process, wall |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found["sizes"]:
        ratio = each.get("workflow", {}).get("ratio", "")
        what = "three years, up to the types" if each["thin"] else "all"
        lines.append(
            f"| {each['units']:,} | {what} | {each['processor_s']:,.1f} | {each['wall_s']:,.1f} | "
            f"{each['peak_mb']:,.0f} | {each['bytes'] / 1e6:,.0f} | {ratio} |"
        )
    fitted = found["exponents"]
    lines += ["", "| exponent of growth | " + " | ".join(_WHOLE) + " |", "|---" * 5 + "|"]
    for name, over in (
        ("all sizes", "all"),
        ("the two largest", "largest"),
        ("three years, up to the types", "thin"),
    ):
        lines.append(f"| {name} | " + " | ".join(f"{fitted[over][key]}" for key in _WHOLE) + " |")
    whole = [each for each in found["sizes"] if not each["thin"]]
    sizes = " | ".join(f"{each['units']:,}: s, MB" for each in whole)
    lines += ["", f"| stage | {sizes} | exponent, all | the two largest |"]
    lines.append("|---" * (len(whole) + 3) + "|")
    for name in whole[0]["stages"] if whole else ():
        cells = [
            f"{each['stages'][name]['processor_s']:.2f}, {each['stages'][name]['peak_mb']:.0f}"
            for each in whole
        ]
        both = f"{fitted['all']['stages'][name]} | {fitted['largest']['stages'][name]}"
        lines.append(f"| {name} | {' | '.join(cells)} | {both} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the sizes asked for and write what they cost; or, in a process of its own, the stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--workflow", type=int, nargs="*", default=[1000])
    parser.add_argument("--thin", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--types", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stages:
        print(json.dumps(stages(chosen.stages, chosen.types)))
        return
    found: dict[str, Any] = {"machine": machine.facts(), "sizes": []}
    asked = [(number, False) for number in chosen.sizes] + [(n, True) for n in chosen.thin]
    for number, thin in asked:
        print(f"{number:,} units", file=sys.stderr, flush=True)
        found["sizes"].append(measure(number, thin, number in chosen.workflow and not thin))
        found["exponents"] = exponents(found["sizes"])
        OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, OUT.with_suffix(".png"))
    print(table(found))


if __name__ == "__main__":
    main()
