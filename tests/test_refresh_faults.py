"""Each fault of a publisher or file is told in one line and costs nothing; a killed refresh neither."""

from __future__ import annotations

import hashlib
import importlib.util
import multiprocessing
import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import faults
import live
import pandas as pd
import pytest
import tiny
from conftest import REPO, snakemake
from faults import FAULTS, VINTAGE, Fault, Ground, Stage
from hypothesis import given
from hypothesis import strategies as st
from servers import Answer, Request

from smstra import config, job_settings, pins, refresh, strict_yaml
from smstra.errors import SmstraError
from smstra.sources.eurostat.inventory import editions
from smstra.transport import UNTOUCHED, Manners, Transport

SNAPSHOTS = "data/snapshots/testland"
# What a pin says of the way by which a file came, and of the day.
WAY = ("came_from", "obtained_via", "last_modified", "edition", "date_accessed")
DAY = ("edition", "date_accessed")


def load_page():
    spec = importlib.util.spec_from_file_location("faults_page", REPO / "docs/faults.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


PAGE = load_page()
WRITTEN = PAGE.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with faults.ground(tmp_path_factory.mktemp("ground")) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(ground: Ground) -> dict[str, dict[str, object]]:
    """The vintage that each dataset gets from publishers without fault."""
    made = {}
    for dataset in sorted({fault.dataset for fault in FAULTS}):
        with ground.stage() as stage:
            assert stage.refresh(dataset)[0] == 0
            made[dataset] = vintage(stage.project, dataset)
    return made


def in_use(project: Path) -> dict[str, bytes]:
    """Return the bytes of all snapshots by path, but for downloads and what was refused."""
    folder = project / "data/snapshots"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not re.search(r"/\.(incoming-|refused-|lock)", str(path))
    }


def vintage(project: Path, dataset: str, named: str = VINTAGE) -> dict[str, object]:
    """Return the files of a vintage by name: bytes, and the pins as they are written."""
    folder = project / SNAPSHOTS / dataset / named
    files: dict[str, object] = {path.name: path.read_bytes() for path in folder.iterdir()}
    files["pin.yaml"] = strict_yaml.load(folder / "pin.yaml")["snapshots"]
    return files


def but_for(keys: tuple[str, ...], files: dict[str, object]) -> dict[str, object]:
    """Return a vintage without some keys of its pins."""
    kept = [{key: pin[key] for key in pin if key not in keys} for pin in files["pin.yaml"]]
    return {**files, "pin.yaml": kept}


def settings_of(project: Path, **user: object) -> config.Settings:
    return config.load({"cases": ["tl"], **user}, project)


def fetch(stage: Stage, dataset: str) -> None:
    """Fetch the vintage as the job of a refresh does, without its comparison."""
    settings = job_settings.refresh(settings_of(stage.project), dataset)
    transport = Transport(Manners(**settings["transport"]), stage.project / "locks")
    refresh.fetch(dataset, settings, VINTAGE, transport, "2026-03-01", stage.project)


def figures(project: Path, dataset: str, **user: object) -> pd.DataFrame:
    """Return the figures of the vintage in use, or of one that ``user`` adopts."""
    how = job_settings.refresh(settings_of(project, **user), dataset)
    columns = ["variable", "level", "unit", "date", "value", "status", "unit_of_measure"]
    table = refresh.content(dataset, how, project)[columns]
    return table.sort_values(columns[:4], ignore_index=True)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_is_told_costs_nothing_and_passes(
    fault: Fault, ground: Ground, undisturbed: dict[str, dict[str, object]]
) -> None:
    normal = undisturbed[fault.dataset]
    with ground.stage() as stage:
        project = stage.project
        before = in_use(project)
        with stage.played(fault.play):
            code, lines = stage.refresh(fault.dataset)
            text = "\n".join(lines)
            assert code == fault.code, text
            assert [word for word in fault.words if word not in text] == [], text
            assert PAGE.row(fault, faults.shown(code, lines)) in WRITTEN, "run docs/faults.py"
            after = in_use(project)
            assert {path: after[path] for path in before} == before
            new = set(after) - set(before)
            said = [line for line in lines if line.startswith("smstra: ")]
            if code:
                assert said == lines[-1:]
                assert fault.dataset in said[0] and said[0].endswith(f"; {UNTOUCHED}.")
                assert new == set()
            else:
                assert said == []
                came = vintage(project, fault.dataset)
                assert new == {f"testland/{fault.dataset}/{VINTAGE}/{name}" for name in came}
                if fault.then == "same":
                    assert but_for(WAY, came) == but_for(WAY, normal)
                elif fault.then == "figures":
                    adopted = figures(project, fault.dataset, vintages={fault.dataset: VINTAGE})
                    pd.testing.assert_frame_equal(adopted, figures(project, fault.dataset))
                else:
                    assert but_for(WAY, came) != but_for(WAY, normal)
        if code:
            fetch(stage, fault.dataset)
            assert but_for(DAY, vintage(project, fault.dataset)) == but_for(DAY, normal)
            assert in_use(project).items() >= before.items()


def test_the_page_of_faults_has_just_these_faults() -> None:
    rows = WRITTEN.removeprefix(PAGE.INTRO).splitlines(keepends=True)
    assert WRITTEN.startswith(PAGE.INTRO) and len(rows) == len(FAULTS)
    for line, fault in zip(rows, FAULTS, strict=True):
        assert line.startswith(PAGE.row(fault, "")[: len(fault.what)])
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) >= 45


def test_faulty_datasets_do_not_keep_a_healthy_one_from_its_vintage(ground: Ground) -> None:
    chosen = ("404", "the zip holds two tables", "a flag is unknown")
    broken = [fault for fault in FAULTS if fault.what in chosen]
    assert {fault.dataset for fault in broken} == {"tl_people", "tl_land", "tl_survey"}
    call = ("refresh", "--cores", "2", "--keep-going", "--config", f"new_vintage={VINTAGE}")
    with ground.stage() as stage:
        before = in_use(stage.project)
        with stage.played(faults.both(*(fault.play for fault in broken))):
            done = snakemake(stage.project, *call)
        assert done.returncode == 1
        for fault in broken:
            path = stage.project / f"results/logs/refresh/{VINTAGE}/{fault.dataset}.log"
            lines = path.read_text(encoding="utf-8").splitlines()
            [said] = [line for line in lines if line.startswith("smstra: ")]
            assert PAGE.row(fault, faults.shown(1, [said])) in WRITTEN
            assert done.stderr.splitlines().count(said) == 2  # by the job, and at the end again
            assert not (stage.project / SNAPSHOTS / fault.dataset / VINTAGE).exists()
        assert "Traceback" not in done.stderr
        assert len(vintage(stage.project, "tl_prices")) == 2
        healed = snakemake(stage.project, *call)
        assert healed.returncode == 0, healed.stderr
        assert "4 of 4 datasets have a new vintage" in healed.stderr
        after = in_use(stage.project)
        assert {path: after[path] for path in before} == before


# --- Killed --------------------------------------------------------------------------------------

APART = multiprocessing.get_context("forkserver")  # no threads and no tests in the process
APART.set_forkserver_preload(["smstra.transport", "smstra.refresh"])


def slow(server: faults.Server) -> dict[int, bytes]:
    """Let the files of the people drip; return them by year."""
    files = {year: live.people(year) for year in tiny.YEARS}

    def answer(_: Request, body: bytes) -> Answer:
        return Answer(200, body, {"Content-Type": "application/zip"}, drip_bytes=100, drip_s=0.002)

    for year, body in files.items():
        server.serve(live.people_path(year), partial(answer, body=body))
    return files


def fetching(project: Path, named: str) -> multiprocessing.Process:
    """Start to fetch the vintage ``named`` of the people in a process of its own."""
    settings = job_settings.refresh(settings_of(project), "tl_people")
    transport = Transport(Manners(**settings["transport"]), project / "results/refresh/.locks")
    process = APART.Process(
        target=refresh.fetch,
        args=("tl_people", settings, named, transport, "2026-03-01", project),
    )
    process.start()
    return process


def check_whole(project: Path, files: dict[int, bytes]) -> set[str]:
    """Hold all that has a final name against its pin or the server; return the vintages there."""
    settings = settings_of(project)
    there = set()
    for folder in sorted((project / SNAPSHOTS / "tl_people").iterdir()):
        if folder.name.startswith(".incoming-"):
            for year, body in files.items():
                path = folder / f"people_{year}.zip"
                assert not path.exists() or path.read_bytes() == body
        elif folder.is_dir() and folder.name != tiny.VINTAGE:
            held = [pin for pin in settings.pins if pin["vintage"] == folder.name]
            names = {Path(pin["file"]).name for pin in held}
            assert len(names) == len(files)
            assert {path.name for path in folder.iterdir()} == names | {"pin.yaml"}
            for pin in held:
                raw = (project / pin["file"]).read_bytes()
                assert hashlib.sha256(raw).hexdigest() == pin["sha256"]
            there.add(folder.name)
    pins.verify_bytes(settings.pins_in_use(), project)
    return there


def test_a_refresh_killed_at_any_moment_leaves_no_half_vintage_and_goes_on(ground: Ground) -> None:
    draw = random.Random(7)
    done: set[str] = set()
    torn = gone_on = 0
    with ground.stage() as stage:
        files = slow(stage.server)
        before = in_use(stage.project)
        for _ in range(25):
            named = f"2026-03-{len(done) + 1:02d}"
            incoming = stage.project / SNAPSHOTS / "tl_people" / f".incoming-{named}"
            gone_on += incoming.exists()
            final = incoming.with_name(named)
            asked = len(stage.server.requests)
            # Beyond the last file: when the pins are written and the vintage gets its name.
            goal = draw.randint(0, len(files) + 5)
            process = fetching(stage.project, named)
            while process.is_alive() and not (
                (incoming / "pin.yaml").exists() or final.exists()
                if goal > len(files)
                else len(stage.server.requests) >= asked + goal
            ):
                time.sleep(0.0005)
            process.join(draw.uniform(0, 0.004 if goal > len(files) else 0.03))
            process.kill()
            process.join()
            done = check_whole(stage.project, files)
            torn += incoming.exists()
        assert torn > 8 and gone_on > 8 and len(done) > 1
        after = in_use(stage.project)
        assert {path: after[path] for path in before} == before
        named = f"2026-03-{len(done) + 1:02d}"
        last = fetching(stage.project, named)
        last.join(60)
        assert last.exitcode == 0
        assert check_whole(stage.project, files) == done | {named}
        came = vintage(stage.project, "tl_people", named)
    with ground.stage() as stage:
        process = fetching(stage.project, named)
        process.join(60)
        assert came == vintage(stage.project, "tl_people", named)


def test_of_two_refreshes_at_once_one_fetches_and_the_other_finds_it_there(ground: Ground) -> None:
    with ground.stage() as stage:
        for year, body in slow(stage.server).items():
            stage.server.serve(live.people_path(year), replace(Answer(200, body), pause_s=0.02))
        jobs = [
            APART.Process(
                target=faults.run_job, args=(stage.project, "tl_people", VINTAGE, f"results/{n}")
            )
            for n in (1, 2)
        ]
        for each in jobs:
            each.start()
        for each in jobs:
            each.join(60)
            assert each.exitcode == 0
        log = f"logs/refresh/{VINTAGE}/tl_people.log"
        said = [(stage.project / f"results/{n}" / log).read_text(encoding="utf-8") for n in (1, 2)]
        assert sorted("had been fetched before" in text for text in said) == [False, True]
        assert sorted("fetched as vintage" in text for text in said) == [False, True]
        for year in tiny.YEARS:
            assert len(stage.server.asked(live.people_path(year))) == 1


# --- Eurostat's inventory ------------------------------------------------------------------------

HEADER = "Code\tType\tLast data change"


@given(st.binary() | st.text().map(lambda text: f"{HEADER}\n{text}".encode()))
def test_any_bytes_are_an_inventory_or_an_error(raw: bytes) -> None:
    try:
        found = editions(raw, "inventory.tsv")
    except SmstraError as error:
        assert str(error).startswith("inventory.tsv") and "\n" not in str(error)
    else:
        assert all(isinstance(text, str) for pair in found.items() for text in pair)
        assert all(code == code.upper() for code in found)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n"), max_size=6)


@given(
    st.dictionaries(CELL.map(str.upper), CELL, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    st.data(),
)
def test_a_cut_inventory_is_an_error_unless_cut_at_the_end_of_a_line(
    rows: dict[str, str], end: str, encoding: str, data: st.DataObject
) -> None:
    lines = [HEADER, *(f"{code}\tDATASET\t{day}" for code, day in rows.items())]
    raw = "".join(line + end for line in lines).encode(encoding)
    expected = {code.upper(): day for code, day in rows.items()}
    assert editions(raw, "inventory.tsv") == expected
    cut = data.draw(st.integers(0, len(raw) - 1))
    whole_lines = raw[:cut].count(b"\n")
    if raw[:cut].endswith(b"\n"):
        kept = dict(list(rows.items())[: whole_lines - 1])
        assert editions(raw[:cut], "inventory.tsv") == {c.upper(): d for c, d in kept.items()}
    else:
        with pytest.raises(SmstraError):
            editions(raw[:cut], "inventory.tsv")
