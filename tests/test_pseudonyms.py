"""A case under pseudonyms: groups, what is said of them, and nothing else in any file."""

from __future__ import annotations

import base64
import html
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock
from urllib.parse import unquote_to_bytes

import numpy as np
import pandas as pd
import pytest
import tiny
from conftest import once, snakemake
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from smstra import config, csvio, pseudonym_rules, pseudonym_words
from smstra.audit import groups, pseudonym_key, pseudonyms
from smstra.errors import ConfigError, DataError, SmstraError
from smstra.flags_in_words import in_words
from smstra.language import Language
from smstra.lookup import Figures
from smstra.robustness import probabilities, verdicts

# One worker makes the run and has all that look at it.
pytestmark = pytest.mark.xdist_group("testland_pseudonymised")
SAY = Language("en")
K = 4
TOWNS = [f"T{n:02d}" for n in range(1, 49)]
# Of two types, whose groups a test finds in the tables.
CHOSEN = ["T30", "T09"]
NAMED = f"""
  towns: {{choose: named, units: [{", ".join(CHOSEN)}]}}
"""
BLOCK = f"""
pseudonymise: {{k: {K}}}
locality_profiles: {{look_alikes: 2, compared_by: [sf, density], distance: mahalanobis, among: units}}
"""


# The manifest lists every file of the case.
def build(root: Path) -> Path:
    """Write Testland with 48 towns, of which two are chosen by name, into ``root``."""
    wide = {
        "TOWNS": TOWNS,
        "REGION": {town: "R1" if n < 20 else "R2" for n, town in enumerate(TOWNS)},
        "ZONE": {town: f"Z{1 + n // 16}" for n, town in enumerate(TOWNS)},
    }
    with mock.patch.multiple(tiny, **wide):
        tiny.build(root, BLOCK + tiny.ROBUSTNESS)
    case = root / "config/cases/tl.yaml"
    text = case.read_text(encoding="utf-8")
    there = re.search(r"\n  towns: \{choose: closest.*\n", text)
    case.write_text(text.replace(there[0], NAMED), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland under pseudonyms after one run; not to be changed."""

    def make(folder: Path) -> None:
        run = snakemake(build(folder), "--cores", "2")
        assert run.returncode == 0, run.stderr
        (folder / "run.log").write_text(run.stderr, encoding="utf-8")

    return once(tmp_path_factory, "testland_pseudonymised", make)


def texts_in(name: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield all that can be read in a file, members and metadata included, with where it stands."""
    kind = Path(name).suffix
    if kind == ".xlsx":
        book = zipfile.ZipFile(io.BytesIO(raw))
        for member in book.namelist():
            yield f"{name}!{member}", html.unescape(book.read(member).decode())
    elif kind == ".png":
        yield name, repr(Image.open(io.BytesIO(raw)).info)
    elif kind == ".pdf":
        book = PdfReader(io.BytesIO(raw))
        yield name, repr(book.metadata) + "".join(page.extract_text() for page in book.pages)
    else:
        text = raw.decode()
        yield name, html.unescape(text) if kind in (".html", ".svg") else text
        for shown in re.finditer(r"data:image/(\w+)[\w+]*(;base64)?,([^\"')\s]+)", text):
            inner = base64.b64decode(shown[3]) if shown[2] else unquote_to_bytes(shown[3])
            yield from texts_in(f"{name}/embedded.{shown[1]}", inner)


def all_texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield "path", name
        if path.is_file():
            yield from texts_in(name, path.read_bytes())


def significant_digits(text: str) -> int:
    return len(re.sub(r"e.*|[-.]", "", text).strip("0"))


def private(done: Path, name: str) -> pd.DataFrame:
    path = done / f"results/private/tl/{name}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def secrets(done: Path) -> set[str]:
    """Return the values of single units: not shared by k of them, not those of a region or the country."""
    tables = [private(done, "indicators"), private(done, "typology"), private(done, "series")]
    tables[2] = tables[2][tables[2]["what"] == "town"]
    columns = [("value",), ("sf", "varun", "varni", "sf_distance", "varni_distance"), ("value",)]
    found: set[str] = set()
    for table, names in zip(tables, columns, strict=True):
        for name in names:
            # A value that k units have gives away none of them.
            units = table.groupby(name)["unit"].nunique()
            found |= set(units.index[units < K])
    public = {*private(done, "areas")["value"], *private(done, "references")["value"]}
    return {value for value in found - public if significant_digits(value) >= 4} - means(done)


def means(done: Path) -> set[str]:
    """Return the means of the groups by plain arithmetic; one may happen to be the value of a unit."""
    group = private(done, "pseudonyms").set_index("unit")["group"]
    values = private(done, "indicators")
    values = values[values["value"] != ""]
    found = set()
    for _, own in values.groupby([values["unit"].map(group), "indicator"]):
        mean = sum(map(float, own["value"])) / len(own)
        found.add(csvio.cell(float(f"{mean:.3e}")))
    return found


def test_no_file_names_a_unit_or_has_a_value_of_one(done):
    units = private(done, "units")
    codes = {*units["unit"], "T90", "T91", "T95"}
    values = secrets(done)
    assert len(values) > 150
    assert means(done) & set(pd.read_csv(done / "results/tl/indicators.csv", dtype=str)["value"])
    called = re.compile("|".join(sorted(map(re.escape, units["name"]), key=len, reverse=True)))
    read = set()
    for where, text in all_texts(done / "results/tl"):
        read.add(where)
        assert not called.search(text), (where, called.search(text))
        words = {*re.findall(r"[A-Za-z0-9.+-]+", text), *re.findall(r"[A-Za-z0-9]+", text)}
        assert not words & codes, (where, words & codes)
        assert not words & values, (where, words & values)
        assert "longitude" not in text
        # The description of the survey names its areas.
        if not where.startswith(("config.resolved.yaml", "report.html")):
            assert not words & (set(tiny.SURVEY) - {"TL"}), where
    for part in ("figures/quadrants.pdf", "workbook.xlsx!docProps/core.xml", "figures/income.png"):
        assert part in read
    assert any(where.startswith("report.html/embedded") for where in read)


def test_both_folders_are_as_their_manifests_say(done):
    asked = "import sys; from smstra import cli; sys.exit(cli.main(['verify']))"
    environment = {**os.environ, "PYTHONPATH": str(done / "workflow/lib")}
    found = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=done,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "tl: all as recorded" in found.stdout
    assert "private/tl: all as recorded" in found.stdout
    listed = (done / "results/private/tl/audit/manifest.jsonl").read_text(encoding="utf-8")
    assert "results/private/tl/pseudonyms.csv" in listed


def test_the_search_finds_what_is_there(done):
    found = [("units.csv", (done / "results/private/tl/units.csv").read_text(encoding="utf-8"))]
    found += all_texts(done / "results/private/tl/robustness")
    assert any("T30" in text for _, text in found)
    shown = dict(all_texts(done / "results/tl/figures"))
    assert "Locality 1" in shown["probabilities.pdf"]
    assert "Pseudonyms" in shown["quadrants.md"]


def test_all_that_is_said_of_a_unit_is_said_of_k(done):
    key = private(done, "pseudonyms")
    key = key[key["locality"] != ""].set_index("locality")["group"]
    for name in ("units", "typology", "profiles", "indicators", "robustness/verdicts"):
        table = csvio.read(done / f"results/tl/{name}.csv").astype(str)
        by = ["indicator"] if name == "indicators" else []
        said = table.drop(columns=["unit", "name"], errors="ignore")
        alike = said.groupby(list(said), sort=False, dropna=False)["region"] if not by else None
        counts = alike.size() if alike is not None else said.value_counts(dropna=False)
        assert counts.min() >= K, name
        for _, own in table.groupby([table["unit"].map(key), *by]):
            assert len(own.drop(columns=["unit", "name"], errors="ignore").drop_duplicates()) == 1
    assert key.value_counts().min() >= K
    left_out = private(done, "pseudonyms")["locality"] == ""
    types = private(done, "typology").loc[left_out, "type"]
    assert (
        len(types) and (private(done, "typology")["type"].value_counts()[types.unique()] < K).all()
    )


def test_what_is_exact_stays_exact(done):
    for name in (
        "references",
        "areas",
        "sufficiency",
        "aggregate_checks",
        "robustness/combinations",
    ):
        public, own = (done / f"results/{where}tl/{name}.csv" for where in ("", "private/"))
        assert public.read_bytes() == own.read_bytes()
    typology = csvio.read(done / "results/tl/typology.csv")
    references = private(done, "references").set_index("criterion")["value"].astype(float)
    assert (typology["sf_reference"] == references["sf_high"]).all()
    # What is rounded still gives its answer.
    assert ((typology["sf"] >= typology["sf_reference"]) == typology["sf_high"].astype(bool)).all()


def test_a_series_is_the_mean_of_the_group_at_each_date(done):
    key, figures = private(done, "pseudonyms"), private(done, "harmonised")
    people = figures[figures["variable"] == "residents"]
    people = people.assign(group=people["unit"].map(key.set_index("unit")["group"]))
    said = csvio.read(done / "results/tl/series.csv")
    said = said[said["series"] == "inhabitants"]
    for town in CHOSEN:
        row = key[key["unit"] == town].iloc[0]
        own = said[said["unit"] == row["locality"]].set_index("date")["value"]
        group = people[people["group"] == row["group"]].groupby("date")["value"]
        assert len(own) == 12
        for date, values in group:
            mean = sum(map(float, values)) / len(values)
            assert own[date] == float(f"{mean:.3e}") and len(values) == int(row["group_size"])
    assert set(said[said["what"] == "region"]["unit"]) <= {"R1", "R2"}
    shown = csvio.read(done / "results/tl/towns.csv")["region"]
    assert set(said[said["what"] == "region"]["unit"]) == set(shown) - {""}


def test_the_case_says_what_it_withholds_and_the_run_what_is_private(done):
    folder = done / "results/tl"
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert not {name for name in made if name.startswith(("selection/", "explorer", "audit/l"))}
    assert not made & {"harmonised.csv", "audit/terms.csv", "audit/reference_units.csv"}
    assert not made & {"audit/disclosure.csv", "robustness/intervals.csv", "robustness/schemes.csv"}
    assert {"report.html", "workbook.xlsx", "profiles/L01.html", "robustness/verdicts.csv"} <= made
    resolved = (folder / "config.resolved.yaml").read_text(encoding="utf-8")
    assert "k: 4" in resolved and "digits: 4" in resolved
    assert "units: [T" not in resolved and "look_alikes" not in resolved
    notice = " ".join(pseudonym_words.notice({"pseudonymise": {"k": K, "digits": 4}}, SAY))
    page = (folder / "profiles/L01.html").read_text(encoding="utf-8")
    assert notice in html.unescape(page) and "explorer" not in page
    assert "not published" in (folder / "figures/map.md").read_text(encoding="utf-8")
    said = (done / "run.log").read_text(encoding="utf-8")
    assert "results/private/tl/ names them and is not for publication" in said
    assert "publish results/tl/ only" in said
    private_note = (done / "results/private/tl/PRIVATE.txt").read_text(encoding="utf-8")
    assert "results/tl/" in private_note
    settings_names = [p.name for p in (done / "results/settings").glob("*-tl-*.json")]
    assert settings_names and all(
        not re.search("T30|T09", (done / "results/settings" / name).read_text(encoding="utf-8"))
        for name in settings_names
    )


# --- tables of the same run, made again ---------------------------------------------------------------


def given_tables(done: Path) -> tuple[dict, dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the private case, its tables and its figures, as the job has them."""
    case = pseudonym_rules.split(config.load({"cases": ["tl"]}, done)).cases["private/tl"]
    folder = done / "results/private/tl"
    names = ("units", "indicators", "typology", "towns", "series", "harmonised")
    tables = {name: csvio.read(folder / f"{name}.csv") for name in names}
    return case, tables, tables.pop("harmonised")


def published(done: Path, case: dict, tables: dict, harmonised: pd.DataFrame) -> dict[str, bytes]:
    variables = config.load({"cases": ["tl"]}, done).variables
    _, made = pseudonyms.of_units(case, tables, Figures(harmonised), variables, SAY)
    return {name: table.to_csv(index=False).encode() for name, table in made.items()}


def test_which_unit_of_a_group_was_chosen_shows_nowhere(done):
    case, tables, harmonised = given_tables(done)
    key, _ = pseudonym_key.key_of(case, tables["typology"], tables["indicators"], tables["towns"])
    before = published(done, case, tables, harmonised)
    group = key.set_index("unit")["group"]
    others = [
        next(unit for unit in group.index if group[unit] == group[town] and unit not in CHOSEN)
        for town in CHOSEN
    ]
    towns = tables["towns"].assign(unit=others)
    assert published(done, case, {**tables, "towns": towns}, harmonised) == before
    somewhere = next(unit for unit in group.index if group[unit] not in set(group[CHOSEN]))
    towns = tables["towns"].assign(unit=[somewhere, CHOSEN[1]])
    assert published(done, case, {**tables, "towns": towns}, harmonised) != before


def test_codes_names_and_the_order_of_rows_show_nowhere(done):
    case, tables, harmonised = given_tables(done)
    before = published(done, case, tables, harmonised)
    codes = tables["units"]["unit"]
    shuffled = np.random.Generator(np.random.Philox(5)).permutation(len(codes))
    new = dict(zip(codes, [f"X{n:03d}" for n in shuffled], strict=True))

    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        table = table.assign(unit=table["unit"].map(lambda code: new.get(code, code)))
        if "territory" in table:
            table["territory"] = table["territory"].map(lambda code: new.get(code, code))
        elif "name" in table:
            table["name"] = table["unit"]
        return table.sample(frac=1, random_state=3, ignore_index=True)

    areas = tables["series"]["what"] != "town"
    moved = {name: renamed(table) for name, table in tables.items() if name != "series"}
    # The order of the towns is that of the case, and series of areas keep theirs.
    moved["towns"] = tables["towns"].assign(unit=[new[unit] for unit in tables["towns"]["unit"]])
    moved["series"] = tables["series"][areas]
    after = published(done, case, moved, renamed(harmonised))
    assert {name for name in before if before[name] != after[name]} == set()


def test_towns_that_no_group_hides_are_refused(done):
    case, tables, _ = given_tables(done)
    typology, indicators = tables["typology"], tables["indicators"]
    rare = typology["type"].value_counts()
    unit = typology.loc[typology["type"].map(rare) < K, "unit"].iloc[0]
    towns = tables["towns"].assign(unit=[unit, CHOSEN[1]])
    with pytest.raises(
        DataError, match=r"`pseudonymise.k` is 4, but fewer than 4 units have the type"
    ):
        pseudonym_key.key_of(case, typology, indicators, towns)
    key, _ = pseudonym_key.key_of(case, typology, indicators, tables["towns"])
    among = key[key["group"] == key["group"].iloc[0]]["unit"]
    towns = pd.DataFrame({"unit": among})
    with pytest.raises(DataError, match="who knows the group knows them"):
        pseudonym_key.key_of(case, typology, indicators, towns)


# --- groups -------------------------------------------------------------------------------------------

COLUMNS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=0, max_size=40, unique=True)


@given(values=COLUMNS, k=st.integers(1, 7), seed=st.integers(0, 9))
@settings(max_examples=80)
def test_groups_have_k_to_2k_less_one_units_and_know_no_code(values, k, seed):
    n = len(values)
    if n < k:
        return
    draw = np.random.Generator(np.random.Philox(seed))
    table = pd.DataFrame({"a": values, "b": draw.normal(size=n)}, index=[f"U{i}" for i in range(n)])
    table.loc[table["b"] > 1.2, "b"] = np.nan
    said = pd.DataFrame({"type": "A"}, index=table.index)
    found = groups.grouped(table, said, k)
    assert found.value_counts().between(k, 2 * k - 1).all()
    shuffle = draw.permutation(n)
    other = table.iloc[shuffle].set_axis([f"V{i}" for i in range(n)])
    again = groups.grouped(other, said.iloc[shuffle].set_axis(other.index), k)
    assert again.tolist() == found.iloc[shuffle].tolist()


@given(
    rows=st.lists(st.tuples(*(st.sampled_from("abc") for _ in range(3))), min_size=1, max_size=60),
    k=st.integers(1, 6),
)
@settings(max_examples=80)
def test_what_is_said_of_a_class_is_true_and_shared(rows, k):
    table = pd.DataFrame(rows, columns=["type", "region", "size"])
    said = groups.classes(table, k)
    assert (said.fillna("").value_counts() >= k).all()
    rare = table["type"].map(table["type"].value_counts()) < k
    assert list(said.index) == list(table.index[~rare])
    for column in said:
        known = said[column].notna()
        assert (said.loc[known, column] == table.loc[said.index[known], column]).all()


def test_mdav_takes_the_farthest_and_its_nearest_first():
    points = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [100.0], [101.0], [102.0], [6.0]])
    found = [sorted(group.tolist()) for group in groups.mdav(points, 3)]
    assert found == [[6, 7, 8], [0, 1, 2], [3, 4, 5, 9]]


def test_a_pool_that_is_too_small_takes_in_the_smallest_class():
    table = pd.DataFrame({"type": "A", "region": list("aaaabbbc")})
    said = groups.classes(table, 3)["region"]
    assert said.dropna().tolist() == ["a"] * 4
    assert said.isna().sum() == 4


def test_a_mean_needs_k_figures_and_words_that_all_share():
    table = pd.DataFrame(
        {
            "unit": list("abcdef"),
            "value": [1.0, 2.0, 4.0, 3.0, np.nan, np.nan],
            "level": ["town"] * 3 + ["town", "town", "zone"],
            "flags": ["", "level=zone:Z1", "merged_unit=T95;break=x"] + ["missing=not_split"] * 3,
        }
    )
    group = pd.Series([1, 1, 1, 2, 2, 2], index=table["unit"])
    found = pseudonyms.combined(table, group, [], ["value"], ["level"], {"k": 3, "digits": 2})
    assert found["value"].iloc[0] == 2.3 and np.isnan(found["value"].iloc[1])
    assert found["level"].tolist() == ["town", ""]
    assert found["flags"].iloc[0] == "level=zone;merged_unit=withheld;break=x"


@pytest.mark.parametrize(
    ("cells", "known", "said"),
    [
        (["varun:level=nuts2:BE21", "varun:level=nuts2:BE22"], True, "varun:level=nuts2"),
        (["missing=a:no_row@2014", ""], True, ""),
        (["missing=a:no_row@2014", ""], False, "missing=too_few_in_group"),
        (["missing=a:no_row@2014", "missing=a:no_row@2014"], False, "missing=a:no_row@2014"),
        (
            ["year_substituted=2007_for_2005;break=b"],
            True,
            "year_substituted=2007_for_2005;break=b",
        ),
    ],
)
def test_flags_of_a_group_name_no_area(cells, known, said):
    assert pseudonyms.flags_said(cells, known) == said


def test_flags_without_codes_are_said_in_words():
    words = in_words("level=nuts2;merged_unit=withheld;missing=too_few_in_group", {}, {}, SAY)
    assert words == [
        "the value is that of a larger area, NUTS 2 area",
        "the value is that of the unit into which this one merged",
        "no value: too few units of its group have a figure",
    ]


def test_a_verdict_is_that_of_the_least_sure_and_no_answers_by_unit_stay(done):
    folder = done / "results/private/tl/robustness"
    own = csvio.read(folder / "verdicts.csv", verdicts.NUMBERS).set_index("unit")
    said = csvio.read(done / "results/tl/robustness/verdicts.csv", verdicts.NUMBERS)
    key = private(done, "pseudonyms")
    order = {"robust": 0, "likely": 1, "borderline": 2, "undetermined": 3}
    for _, members in key[key["locality"] != ""].groupby("group"):
        least = own.loc[members["unit"], "verdict"].map(order).max()
        shown = said[said["unit"].isin(members["locality"])]["verdict"].map(order)
        assert set(shown) == {least}
    assert (said[["because", "flips_first"]] == "").all(axis=None) and said["slack"].isna().all()
    drawn = done / "results/tl/robustness/probabilities.csv"
    shares = csvio.read(drawn, probabilities.NUMBERS)
    whole = shares[[name for name in shares if name.startswith("p_") and name != "p_type"]].sum(
        axis=1
    )
    assert np.allclose(whole, 1, atol=1e-3)
    assert "answers" not in csvio.read(done / "results/tl/robustness/choices.csv")
    influence = csvio.read(done / "results/tl/robustness/influence.csv")
    assert "which" not in influence and "unit_left_out" not in set(influence["kind"])


# --- configuration and leftovers ------------------------------------------------------------------------


def test_true_means_the_defaults_and_false_nothing(tmp_path):
    root = tiny.build(tmp_path, "pseudonymise: false\n")
    loaded = config.load({"cases": ["tl"]}, root)
    assert "pseudonymise" not in pseudonym_rules.split(loaded).cases["tl"]
    assert list(pseudonym_rules.split(loaded).cases) == ["tl"]
    named = {"pseudonymise": True, "figures": {"towns": {"choose": "named", "units": ["T01"]}}}
    loaded = config.load({"cases": ["tl"], "overrides": {"tl": named}}, root)
    cases = pseudonym_rules.split(loaded).cases
    assert list(cases) == ["tl", "private/tl"]
    assert cases["tl"]["pseudonymise"] == {"k": 5, "publish": ["region", "size_class"], "digits": 4}
    assert "units" not in cases["tl"]["figures"]["towns"]
    assert cases["private/tl"]["figures"]["towns"]["units"] == ["T01"]


def test_towns_that_follow_from_a_rule_cannot_be_hidden(tmp_path):
    root = tiny.build(tmp_path, "pseudonymise: true\n")
    with pytest.raises(ConfigError, match="found by whoever repeats the rule"):
        config.load({"cases": ["tl"]}, root)


def test_files_of_a_run_with_names_stop_the_run(tmp_path):
    root = build(tmp_path / "land")
    left = root / "results/tl/explorer.html"
    left.parent.mkdir(parents=True)
    left.write_text("T30")
    run = snakemake(root, "--dry-run")
    assert run.returncode == 1
    assert "results/tl/ holds files that a pseudonymised case does not make" in run.stderr
    assert "results/tl/explorer.html" in run.stderr


def test_pages_of_localities_are_no_leftovers(tmp_path):
    folder = tmp_path / "x"
    (folder / "profiles").mkdir(parents=True)
    for name in ("index.html", "L01.html", "T30.html"):
        (folder / "profiles" / name).touch()
    assert pseudonym_rules.leftovers(folder, []) == [(folder / "profiles/T30.html").as_posix()]
    with pytest.raises(SmstraError, match="move or delete the folder"):
        pseudonym_rules.refuse_leftovers(folder, [])


def test_a_second_run_does_nothing_and_another_k_makes_the_tables_again(done, tmp_path):
    folder = shutil.copytree(done, tmp_path / "tl")
    again = snakemake(folder, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
    case = folder / "config/cases/tl.yaml"
    case.write_text(case.read_text(encoding="utf-8").replace("{k: 4}", "{k: 3}"), encoding="utf-8")
    made = snakemake(folder, "--dry-run").stdout
    assert re.search(r"pseudonymise +1", made) and not re.search(r"compute_indicators +1", made)
