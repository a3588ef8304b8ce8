"""Wall time and peak memory of reading Eurostat's formats, against pandas and three packages.

Run with `python benchmarks/eurostat_reading.py [--runs N]`. Every reader gets the same invented table of
5,000,000 observations on disk and a process of its own, from start to end; medians count. The packages
are installed for this comparison only, into a temporary environment. Writes
benchmarks/eurostat_reading.json and prints the ratios.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import machine

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [
    *("eurostat==1.1.1", "pyjstat==2.4.0", "sdmx1==2.28.0"),
    *("numpy==2.4.6", "pandas==3.1.1", "polars==2.1.0"),
]
SIZES = {"freq": 1, "unit": 1, "sex": 4, "age": 25, "geo": 2000}
YEARS = [str(year) for year in range(1990, 2015)]
FILES = {
    "SDMX-CSV 1.0": "table1.csv",
    "SDMX-CSV 2.0, a tenth": "table2.csv",
    "TSV": "table.tsv",
    "JSON-stat": "table.json",
}
# sdmx1 makes several objects for each observation: all of them would need more memory than most have.
TENTH = SIZES | {"geo": 200}


# --- The table ---


def keys(sizes: dict[str, int]) -> Iterator[tuple[str, ...]]:
    """Yield the codes of every series."""
    return itertools.product(
        *([f"{d[0].upper()}{i:04d}" for i in range(n)] for d, n in sizes.items())
    )


def figure(number: int) -> str:
    """Return an invented value: no two near each other alike, most with a decimal."""
    return str((number * 7919) % 1_000_003 / 10)


def flag(number: int) -> str:
    """Return a flag for every fortieth observation."""
    return "bu"[number // 40 % 2] if number % 40 == 0 else ""


def write_tables(folder: Path) -> None:
    """Write the table in each format."""
    files = {form: folder / name for form, name in FILES.items()}
    head = ",".join(SIZES)
    with files["SDMX-CSV 1.0"].open("w", newline="") as out:
        out.write(f"DATAFLOW,LAST UPDATE,{head},TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\r\n")
        for n, (key, year) in enumerate(itertools.product(keys(SIZES), YEARS)):
            cells = f"{','.join(key)},{year},{figure(n)},{flag(n)},"
            out.write(f"ESTAT:INV_R_TEST(1.0),28/09/23 23:00:00,{cells}\r\n")
    with files["SDMX-CSV 2.0, a tenth"].open("w", newline="") as out:
        # sdmx1 does not read this without ACTION, which Eurostat does not send.
        out.write(f"STRUCTURE,STRUCTURE_ID,ACTION,{head},TIME_PERIOD,OBS_VALUE,OBS_FLAG\r\n")
        for n, (key, year) in enumerate(itertools.product(keys(TENTH), YEARS)):
            cells = f"{','.join(key)},{year},{figure(n)},{flag(n)}"
            out.write(f"dataflow,ESTAT:INV_R_TEST(1.0),I,{cells}\r\n")
    numbers = itertools.count()
    with files["TSV"].open("w", newline="") as out:
        out.write(f"{head}\\TIME_PERIOD\t" + "\t".join(f"{year} " for year in YEARS) + "\r\n")
        for key in keys(SIZES):
            cells = (f"{figure(n)} {flag(n)}" for n in itertools.islice(numbers, len(YEARS)))
            out.write(",".join(key) + "\t" + "\t".join(cells) + "\r\n")
    total = len(YEARS)
    dimension = {"time": {"category": {"index": {year: i for i, year in enumerate(YEARS)}}}}
    for title, size in SIZES.items():
        total *= size
        codes = [f"{title[0].upper()}{i:04d}" for i in range(size)]
        dimension[title] = {"category": {"index": {code: i for i, code in enumerate(codes)}}}
    whole = {
        "version": "2.0",
        "class": "dataset",
        "label": "Tests",
        "id": [*SIZES, "time"],
        "size": [*SIZES.values(), len(YEARS)],
        "dimension": {
            title: {
                "label": title,
                "category": dict(each["category"], label={c: c for c in each["category"]["index"]}),
            }
            for title, each in dimension.items()
        },
        "value": {str(n): float(figure(n)) for n in range(total)},
        "status": {str(n): flag(n) for n in range(0, total, 40)},
    }
    files["JSON-stat"].write_text(json.dumps(whole, separators=(",", ":")), encoding="utf-8")


# --- The readers: each runs in a process of its own and returns the number of observations ---


def read_with_pandas(path: Path) -> int:
    """Read with bare ``pandas.read_csv``."""
    import pandas as pd  # noqa: PLC0415 - each process loads what it measures

    return len(pd.read_csv(path))


def read_with_smstra(path: Path) -> int:
    """Read with this project's parser."""
    from smstra.sources.eurostat.tables import parse  # noqa: PLC0415

    return len(parse(path.read_bytes(), {}, path.name))


def read_with_eurostat(path: Path) -> int:
    """Read with ``eurostat``: its own function, fed with the bytes it would have downloaded."""
    from eurostat import eurostat  # noqa: PLC0415

    raw = path.read_bytes()
    eurostat.__get_dims_info__ = lambda code, **_: ["ESTAT", "EUROSTAT", []]
    eurostat.__get_resp__ = lambda url, **_: SimpleNamespace(content=raw)
    eurostat.decompress = lambda content: content
    frame = eurostat.get_data_df("INV_R_TEST", flags=True)
    return len(frame) * (len(frame.columns) - len(SIZES)) // 2


def read_with_pyjstat(path: Path) -> int:
    """Read with ``pyjstat``, codes and not labels."""
    from pyjstat import pyjstat  # noqa: PLC0415

    dataset = pyjstat.Dataset.read(path.read_text(encoding="utf-8"))
    return len(dataset.write("dataframe", naming="id"))


def read_with_sdmx1(path: Path) -> int:
    """Read with ``sdmx1``, given the structure it needs."""
    import sdmx  # noqa: PLC0415
    from sdmx.model import v30  # noqa: PLC0415

    structure = v30.DataStructureDefinition(id="INV_R_TEST")
    for title in [*SIZES, "TIME_PERIOD"]:
        structure.dimensions.append(v30.Dimension(id=title))
    structure.measures.append(v30.Measure(id="OBS_VALUE"))
    structure.attributes.append(v30.DataAttribute(id="OBS_FLAG"))
    flow = v30.Dataflow(id="INV_R_TEST", structure=structure)
    return len(sdmx.to_pandas(sdmx.read_sdmx(path, structure=flow)))


READERS = {
    "pandas.read_csv": read_with_pandas,
    "smstra": read_with_smstra,
    "eurostat": read_with_eurostat,
    "pyjstat": read_with_pyjstat,
    "sdmx1": read_with_sdmx1,
}
PAIRS = [
    ("pandas.read_csv", "SDMX-CSV 1.0"),
    ("smstra", "SDMX-CSV 1.0"),
    ("eurostat", "TSV"),
    ("smstra", "TSV"),
    ("pyjstat", "JSON-stat"),
    ("smstra", "JSON-stat"),
    ("sdmx1", "SDMX-CSV 2.0, a tenth"),
    ("smstra", "SDMX-CSV 2.0, a tenth"),
]


# --- Measuring ---


def make_environment(folder: Path) -> Path:
    """Install the packages; return the environment's Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    install = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
    subprocess.run(install, check=True)
    subprocess.run([python, "-m", "compileall", "-qq", folder / "lib"], check=False)
    return python


def measure(python: Path, reader: str, path: Path) -> dict[str, float]:
    """Read ``path`` in a new process; return seconds, peak megabytes and observations."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/lib")}
    started = time.perf_counter()
    child = subprocess.Popen(
        [python, __file__, "--read", reader, path], env=environment, stdout=subprocess.PIPE
    )
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{reader} failed on {path.name}")
    return {"seconds": seconds, "peak_mb": usage.ru_maxrss * 1024 / 1e6, "observations": int(said)}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure over runs."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    """Read one file as a child process, or measure all readers and write the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each reader; medians count")
    parser.add_argument("--write", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(READERS[asked.read[0]](Path(asked.read[1])))
        return
    if asked.write:
        write_tables(Path(asked.write))
        return
    with tempfile.TemporaryDirectory() as scratch:
        python = make_environment(Path(scratch) / "env")
        # In a process of its own: the peak of a child counts from that of its parent.
        subprocess.run([python, __file__, "--write", scratch], check=True)
        files = {form: Path(scratch) / name for form, name in FILES.items()}
        found: dict[tuple[str, str], list[dict[str, float]]] = {pair: [] for pair in PAIRS}
        measured_on = machine.facts()
        for number in range(asked.runs):
            print(f"run {number + 1} of {asked.runs}", file=sys.stderr, flush=True)
            for reader, form in PAIRS:
                found[reader, form].append(measure(python, reader, files[form]))
    write({pair: medians(runs) for pair, runs in found.items()}, asked.runs, measured_on)


def write(
    figures: dict[tuple[str, str], dict[str, float]], runs: int, measured_on: dict[str, Any]
) -> None:
    """Print the table of ratios and write eurostat_reading.json."""
    told = machine.in_words(measured_on, machine.runs(runs), *PACKAGES)
    lines = [told + ".", "", "| format | observations | reader | wall s | peak MB |"]
    lines.append("|---|---|---|---|---|")
    for (reader, form), each in figures.items():
        lines.append(
            f"| {form} | {each['observations']:,.0f} | {reader} | {each['seconds']:.1f} | "
            f"{each['peak_mb']:.0f} |"
        )
    lines += ["", "| ratio | measured | to reach |", "|---|---|---|"]
    ratios = {}
    for (other, form), (ours, _) in zip(PAIRS[::2], PAIRS[1::2], strict=True):
        theirs, own = figures[other, form], figures[ours, form]
        if other == "pandas.read_csv":
            ratios[f"{form}: smstra / {other}, wall"] = own["seconds"] / theirs["seconds"]
            lines.append(f"| {[*ratios][-1]} | {[*ratios.values()][-1]:.2f} | at most 1.5 |")
            ratios[f"{form}: smstra / {other}, peak memory"] = own["peak_mb"] / theirs["peak_mb"]
            lines.append(f"| {[*ratios][-1]} | {[*ratios.values()][-1]:.2f} | below 1 |")
        else:
            ratios[f"{form}: {other} / smstra, wall"] = theirs["seconds"] / own["seconds"]
            lines.append(f"| {[*ratios][-1]} | {[*ratios.values()][-1]:.1f} | at least 3 |")
    print("\n".join(lines))
    data = {
        "machine": told,
        "figures": {f"{reader}, {form}": each for (reader, form), each in figures.items()},
        "ratios": ratios,
    }
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(data, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
