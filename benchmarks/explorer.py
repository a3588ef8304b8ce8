"""The explorer in a real browser, with the units of a case and with 100,000 generated ones.

Run after `make run` with `python benchmarks/explorer.py [--runs N] [--case be]`, with the test tools and a
Chromium (tests/browser.py says which). The small page is made of the tables in results/. The large one is
GENERATED: each of its units is one of the case's drawn again, its values moved by a hundredth of their spread,
with the case's own thresholds; it has no map, for there are no outlines of units that do not exist. Writes
benchmarks/explorer.json.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/lib"), str(ROOT / "workflow/scripts"), str(ROOT / "tests")]

import browser  # noqa: E402
import machine  # noqa: E402
import make_explorer  # noqa: E402

from smstra import config, csvio, job_settings  # noqa: E402
from smstra.explorer import page, payload  # noqa: E402
from smstra.explorer.outlines import outlines_of  # noqa: E402
from smstra.language import Language  # noqa: E402
from smstra.lookup import Figures  # noqa: E402
from smstra.typology import TYPE_OF_CELL, cells_of, holds  # noqa: E402

MANY = 100_000
GOAL = "all types computed anew, 100,000 units: milliseconds / 50"
# Each gives a list of milliseconds.
MEASURES = {
    "all types computed anew": """async () => {
        const took = [];
        for (let i = 0; i < 21; i += 1) {
            const from = performance.now();
            smstra.recompute();
            took.push(performance.now() - from);
        }
        return took;
    }""",
    "a step of a slider, to the frame that shows table, counts and lines": """async () => {
        const slider = document.querySelector("#population_improving [data-is=slider]");
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        const took = [];
        for (let i = 0; i < 21; i += 1) {
            slider.value = Number(slider.min) + (Number(slider.max) - Number(slider.min)) * (0.3 + i / 60);
            await frame();
            const from = performance.now();
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            await frame();
            // After the frame in which the slider's step is worked off.
            await new Promise((done) => setTimeout(done, 0));
            took.push(performance.now() - from);
        }
        await new Promise((done) => setTimeout(done, 600));
        return took;
    }""",
    "marks of the scatter drawn anew": """async () => {
        const {scatter, current, order} = smstra;
        const option = scatter.chart.getOption();
        const axis = (name) => ({
            label: "", inverse: option[`${name}Axis`][0].inverse, low: option[`${name}Axis`][0].min,
            high: option[`${name}Axis`][0].max, format: String,
        });
        const took = [];
        for (let i = 0; i < 7; i += 1) {
            const from = performance.now();
            scatter.draw(scatter.at.x, scatter.at.y, current(), order(), {x: axis("x"), y: axis("y")});
            scatter.chart.getZr().flush();
            took.push(performance.now() - from);
        }
        return took;
    }""",
    "sorted by name": """async () => {
        const head = document.querySelectorAll("#grid [role=columnheader]")[0];
        const took = [];
        for (let i = 0; i < 5; i += 1) {
            const from = performance.now();
            head.click();
            took.push(performance.now() - from);
        }
        return took;
    }""",
    "sorted by a value": """async () => {
        const head = document.querySelectorAll("#grid [role=columnheader]")[8];
        const took = [];
        for (let i = 0; i < 5; i += 1) {
            const from = performance.now();
            head.click();
            took.push(performance.now() - from);
        }
        return took;
    }""",
    "searched, a letter more each time": """async () => {
        const field = document.getElementById("search");
        const took = [];
        for (const said of ["a", "an", "ant", "antw", "ant", "an", "a", ""]) {
            field.value = said;
            const from = performance.now();
            field.dispatchEvent(new Event("input", {bubbles: true}));
            took.push(performance.now() - from);
            await new Promise((done) => setTimeout(done, 500));
        }
        return took;
    }""",
    "between two frames while the table scrolls": """async () => {
        const box = document.getElementById("grid");
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        box.scrollTop = 0;
        for (let i = 0; i < 30; i += 1) await frame();
        const took = [];
        let from = await frame();
        for (let i = 0; i < 180; i += 1) {
            box.scrollTop += i < 90 ? 120 : box.scrollHeight / 200;
            const at = await frame();
            took.push(at - from);
            from = at;
        }
        return took;
    }""",
}
FIRST = """() => ({
    "first paint": performance.getEntriesByName("first-contentful-paint")[0].startTime,
    "ready for the hand": performance.getEntriesByName("smstra-ready")[0].startTime,
})"""


def of_case(case: str) -> dict[str, Any]:
    """Return the data of the page of a case, from the tables that the run left."""
    folder = Path("results") / case
    if not (folder / "robustness/verdicts.csv").is_file():
        raise SystemExit(f"{folder}/robustness/verdicts.csv is not there; run `make run` first")
    settings = json.loads(json.dumps(job_settings.explorer(config.load({"cases": [case]}), case)))
    units = csvio.read(folder / "units.csv").sort_values("unit", ignore_index=True)
    return payload.of_case(
        case,
        settings,
        Figures(csvio.read(folder / "harmonised.csv")),
        units,
        csvio.read(folder / "indicators.csv"),
        csvio.read(folder / "typology.csv"),
        Language("en"),
        {
            key: csvio.read(folder / f"robustness/{key}.csv", numbers)
            for key, numbers in make_explorer.NUMBERS.items()
        },
        outlines_of(settings, units),
    )


def generated(data: dict[str, Any], count: int, seed: int = 2014) -> dict[str, Any]:
    """Return data as of :func:`of_case` with ``count`` units that do not exist."""
    draw = np.random.default_rng(seed)
    chosen = draw.integers(0, len(data["units"]["code"]), count)

    def again(packed: dict[str, str]) -> dict[str, str]:
        kind = packed["kind"]
        values = np.frombuffer(base64.b64decode(packed["data"]), kind)[chosen]
        return {"kind": kind, "data": base64.b64encode(values.tobytes()).decode()}

    def values_of(text: str) -> np.ndarray:
        return np.frombuffer(base64.b64decode(text), "<f8")[chosen]

    def floats(values: np.ndarray) -> str:
        return base64.b64encode(values.astype("<f8").tobytes()).decode()

    def coded(column: dict[str, Any]) -> dict[str, Any]:
        return {**column, "at": again(column["at"])}

    arrays = []
    for text in data["arrays"]:
        values = values_of(text)
        arrays.append(values + draw.normal(scale=0.01 * np.nanstd(values), size=count))
    answers = []
    regions = np.frombuffer(base64.b64decode(data["units"]["region"]["data"]), "uint8")[chosen]
    for criterion in data["criteria"]:
        definition = criterion["definitions"][criterion["own"]["definition"]]
        here = definition["windows"][0]
        threshold = here["thresholds"][criterion["own"]["reference"]]
        each = np.array(threshold)[regions] if isinstance(threshold, list) else threshold
        answers.append(
            holds(
                arrays[here["values"]],
                np.full(count, each),
                definition["holds_if"],
                data["decimals"],
            )
        )
    types = TYPE_OF_CELL[cells_of(*answers)]
    names = [f"{data['units']['name'][at]} {number}" for number, at in enumerate(chosen)]
    ranks = np.empty(count, dtype="<i4")
    ranks[np.argsort(np.array(names, dtype=object), kind="stable")] = np.arange(count)
    sure = data["robustness"]
    return {
        **data,
        "case": {**data["case"], "title": f"{count:,} GENERATED units"},
        "units": {
            "code": [f"G{number:06d}" for number in range(count)],
            "name": names,
            "name_rank": {"kind": "int32", "data": base64.b64encode(ranks.tobytes()).decode()},
            "region": again(data["units"]["region"]),
            "size_class": coded(data["units"]["size_class"]),
        },
        "pipeline": {
            "type": {"kind": "uint8", "data": base64.b64encode(types.tobytes()).decode()},
            "flags": coded(data["pipeline"]["flags"]),
        },
        "robustness": {
            **sure,
            "verdict": again(sure["verdict"]),
            "because": ["Generated."] * count,
            "probability": floats(values_of(sure["probability"])),
            "probabilities": [floats(values_of(text)) for text in sure["probabilities"]],
            "intervals": [
                {
                    **{key: floats(values_of(each[key])) for key in ("from", "to")},
                    **{key: again(each[key]) for key in ("from_included", "to_included")},
                    "type_if_crossed": coded(each["type_if_crossed"]),
                }
                for each in sure["intervals"]
            ],
        },
        "outlines": None,
        "arrays": [floats(values) for values in arrays],
    }


def measure(path: Path) -> dict[str, dict[str, float]]:
    """Open the page once and return median and largest milliseconds of each measure."""
    with browser.launch() as started, browser.opened(started, path) as opened:
        opened.wait_for_function("() => performance.getEntriesByName('smstra-ready').length > 0")
        found = {
            name: {"median": value, "largest": value}
            for name, value in opened.evaluate(FIRST).items()
        }
        for name, script in MEASURES.items():
            took = opened.evaluate(script)
            found[name] = {"median": statistics.median(took), "largest": max(took)}
    return found


def main() -> None:
    """Measure both pages, write explorer.json and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, help="times each page is opened; medians count"
    )
    parser.add_argument("--case", default="be")
    asked = parser.parse_args()
    os.chdir(ROOT)
    measured_on = machine.facts()
    data = of_case(asked.case)
    small = len(data["units"]["code"])
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        pages = {f"{small:,}": data, f"{MANY:,} generated": generated(data, MANY)}
        for units, each in pages.items():
            path = Path(scratch) / "page.html"
            path.write_text(page.html(each, Language("en")), encoding="utf-8")
            runs = [measure(path) for _ in range(asked.runs)]
            found[units] = {
                "megabytes": path.stat().st_size / 1e6,
                "milliseconds": {
                    name: {
                        key: statistics.median(run[name][key] for run in runs)
                        for key in ("median", "largest")
                    }
                    for name in runs[0]
                },
            }
    with browser.launch() as started:
        version = started.version
    told = machine.in_words(
        measured_on, "no graphics processor", f"Chromium {version}", machine.runs(asked.runs)
    )
    many = found[f"{MANY:,} generated"]["milliseconds"]["all types computed anew"]["median"]
    result = {"machine": told, "figures": found, "ratios": {GOAL: many / 50}}
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf-8"
    )
    print(told + ".\n")
    print("| milliseconds, median (largest) | " + " units | ".join(found) + " units |")
    print("|---|" + "---|" * len(found))
    for name in next(iter(found.values()))["milliseconds"]:
        cells = [each["milliseconds"][name] for each in found.values()]
        print(
            f"| {name} | "
            + " | ".join(f"{c['median']:.1f} ({c['largest']:.1f})" for c in cells)
            + " |"
        )
    print(
        "| megabytes | " + " | ".join(f"{each['megabytes']:.1f}" for each in found.values()) + " |"
    )


if __name__ == "__main__":
    main()
