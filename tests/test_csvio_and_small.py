"""Tables on disk, strict YAML, what scripts depend on, messages, and the command line."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smstra import cli, csvio, dependencies, errors, strict_yaml
from smstra.errors import ConfigError

SCRIPTS = ROOT / "workflow/scripts"


# --- tables on disk -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (pd.NA, ""),
        (math.nan, ""),
        (np.float64("nan"), ""),
        (True, "true"),
        (np.bool_(False), "false"),
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (np.float64(0.1) + np.float64(0.2), "0.30000000000000004"),
        (5.0, "5"),
        (-0.0, "0"),
        (2.0**52 + 1, "4503599627370497"),
        (2.0**53, "9007199254740992.0"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (7, "7"),
        (np.int64(7), "7"),
        (2**70, "1180591620717411303424"),
        ("02000", "02000"),
        ("", ""),
    ],
)
def test_a_cell_is_the_shortest_text_that_gives_the_value_back(value, text):
    assert csvio.cell(value) == text


TABLE = pd.DataFrame(
    {
        "unit": ["02000", "1e5", "NA"],
        "name": ['Quay, "Lower"', "Élm", ""],
        "value": [0.1, math.nan, 3.0],
        "sf_high": pd.Series([True, None, False], dtype=object),
    }
)


def test_a_table_is_written_as_utf8_with_commas_and_line_feeds(tmp_path):
    csvio.write(TABLE, tmp_path / "new/folder/t.csv")
    assert (tmp_path / "new/folder/t.csv").read_bytes() == (
        'unit,name,value,sf_high\n02000,"Quay, ""Lower""",0.1,true\n1e5,Élm,,\nNA,,3,false\n'
    ).encode()
    assert [p.name for p in (tmp_path / "new/folder").iterdir()] == ["t.csv"]


def test_writing_reading_and_writing_again_gives_the_same_bytes_and_values(tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    csvio.write(TABLE, first)
    found = csvio.read(first)
    csvio.write(found, second)
    assert first.read_bytes() == second.read_bytes()
    assert found["unit"].tolist() == ["02000", "1e5", "NA"]
    assert found["name"].tolist() == ['Quay, "Lower"', "Élm", ""]
    assert found["sf_high"].tolist() == [True, None, False]
    assert found["value"].tolist()[::2] == [0.1, 3.0]
    assert math.isnan(found["value"][1])


def test_further_columns_are_numbers_if_asked(tmp_path):
    csvio.write(pd.DataFrame({"code": ["01", "02"], "km": [1.5, None]}), tmp_path / "t.csv")
    assert csvio.read(tmp_path / "t.csv")["km"].tolist() == ["1.5", ""]
    found = csvio.read(tmp_path / "t.csv", numbers=["km"])
    assert found["km"].tolist()[0] == 1.5
    assert found["code"].tolist() == ["01", "02"]


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    csvio.write(TABLE.iloc[:0], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"unit,name,value,sf_high\n"
    assert list(csvio.read(tmp_path / "t.csv")) == list(TABLE)


def test_an_interrupted_write_leaves_the_old_table_whole(tmp_path):
    csvio.write(TABLE, tmp_path / "t.csv")
    before = (tmp_path / "t.csv").read_bytes()
    with pytest.raises(UnicodeEncodeError):
        csvio.write_text("half \ud800", tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == before


# --- strict YAML ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("02000", "02000"),
        ("2000", 2000),
        ("-7", -7),
        ("0", 0),
        ("007", "007"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.5", 1.5),
        ("1.5e3", 1500.0),
        ("1e5", "1e5"),
        (".5", ".5"),
        (".nan", ".nan"),
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("2005-01-01", "2005-01-01"),
        ("2005-01-01T10:00:00Z", "2005-01-01T10:00:00Z"),
        ("=", "="),
        ("<<", "<<"),
        ('"2000"', "2000"),
        ("'true'", "true"),
        ("[no, 01, 1]", ["no", "01", 1]),
    ],
)
def test_a_scalar_is_what_a_person_reads(text, value):
    found = strict_yaml.loads(f"key: {text}\n", "f")["key"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "f, line 3: the key 'a' stands already in line 1"),
        ("x:\n  a: 1\n  a: 2\n", "f, line 3: the key 'a' stands already in line 2"),
        ("x: {a: 1, a: 1}", "the key 'a' stands already"),
        ('x: [{a: 1, "a": 1}]', "the key 'a' stands already"),
        ("a: &x {b: 1}\nc: *x\n", "YAML aliases (*name) are not read"),
        ("a: &x [1]\nc: *x\n", "YAML aliases (*name) are not read"),
        ("a: &x 1\nc: *x\n", "alias"),
        ("a: &x [*x]\n", "YAML aliases (*name) are not read"),
        ("2000: a\n", "f, line 1: the key '2000' is not read as text"),
        ("true: a\n", "the key 'true' is not read as text"),
        ("? [a]\n: b\n", "f, line 1"),
        ("~: a\n", "is not read as text"),
        ("just words", "found text and no names; write `key: value` lines"),
        ("- a\n- b\n", "found a list"),
        ("a: [1\n", "f, line 2, column 1: this is not valid YAML"),
        ("a: b: c\n", "f, line 1, column 5: this is not valid YAML"),
        ("a: *nothing\n", "YAML aliases (*name) are not read"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: !!python/object:os.system x\n", "YAML tags (!!name) are not read"),
        ("a: \0\n", "not valid YAML"),
        ("\ta: 1\n", "not valid YAML"),
    ],
)
def test_yaml_that_two_readers_could_read_differently_is_refused(text, says):
    with pytest.raises(ConfigError) as caught:
        strict_yaml.loads(text, "f")
    assert str(caught.value).startswith("f")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["!!int abc", "!!int ''", "!!float x", "!!bool maybe", "!!timestamp x", "9" * 5000],
    ids=lambda value: value[:20],
)
def test_a_scalar_that_its_tag_cannot_be_is_a_config_error(value):
    with pytest.raises(ConfigError, match=r"^f"):
        strict_yaml.loads(f"a: {value}\n", "f")


def test_a_block_nested_too_deeply_is_a_config_error_and_no_crash():
    # In a process of its own: a crash of the compiled parser would take the tests with it.
    script = (
        "from smstra import errors, strict_yaml\n"
        "deep = '[' * 100_000, '[' * 100_000 + ']' * 100_000, '[\\n' * 100_000\n"
        "for text in (*(f'a: {d}' for d in deep), '# ]\\n' * 100_000 + f'a: {deep[2]}'):\n"
        "    try:\n"
        "        strict_yaml.loads(text, 'f')\n"
        "    except errors.ConfigError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4


PIECES = ["a", "b", ": ", ":", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "&x ", "*x", "!!int "]
PIECES += [
    "!!str ",
    "|\n",
    ">",
    "'",
    '"',
    "#",
    "? ",
    "%",
    "---\n",
    "~",
    "02",
    "1.5",
    "<<",
    "\u2028",
]


@settings(max_examples=300)
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
@example(text="")
@example(text="\ufeffa: 1")
def test_any_text_is_a_mapping_or_a_config_error(text):
    try:
        found = strict_yaml.loads(text, "f")
    except ConfigError as error:
        assert str(error).startswith("f")
    else:
        assert isinstance(found, dict)
        assert all(isinstance(key, str) for key in found)


# Line ends beyond \n are left out: YAML 1.1 and 1.2 do not agree on them.
PRINTED = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PRINTED | st.sampled_from(["no", "02", "a\nb"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTED, inner),
    max_leaves=6,
)


@settings(max_examples=100)
@given(data=st.dictionaries(PRINTED, VALUES, min_size=1, max_size=4))
def test_what_is_dumped_is_loaded_again(data):
    assert strict_yaml.loads(strict_yaml.dumps(data), "f") == data


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (None, "there is no such file"),
        (b"a: Li\xe8ge\n", "byte 5 is not UTF-8"),
        (b"#" * 2_000_001, "2,000,001 bytes are too many"),
    ],
)
def test_a_file_that_is_no_configuration_stops_with_its_name(tmp_path, raw, says):
    path = tmp_path / "case.yaml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(ConfigError, match=says) as caught:
        strict_yaml.load(path)
    assert str(caught.value).startswith(path.as_posix())


def test_a_byte_order_mark_and_an_empty_file_are_read(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfkey: v\n")
    (tmp_path / "b.yaml").write_bytes(b"# nothing yet\n")
    assert strict_yaml.load(tmp_path / "a.yaml") == {"key": "v"}
    assert strict_yaml.load(tmp_path / "b.yaml") == {}


# --- what scripts depend on -----------------------------------------------------------------------


def modules_of(script):
    return {Path(path).relative_to("workflow/lib/smstra").as_posix() for path in script}


@pytest.mark.parametrize(
    ("script", "needs", "needs_not"),
    [
        (
            "classify",
            {"typology.py", "indicators.py", "exact.py", "size_classes.py", "csvio.py"},
            {"sources/tables.py", "snapshots.py", "cli.py"},
        ),
        (
            "read_observations",
            {"sources/tables.py", "sources/registers.py", "sources/__init__.py", "snapshots.py"},
            {"typology.py", "indicators.py", "measures.py", "aggregate_checks.py"},
        ),
        (
            "harmonise",
            {"geography.py", "exact.py", "sources/registers.py"},
            {"typology.py", "indicators.py", "sources/tables.py"},
        ),
        ("compute_indicators", {"indicators.py", "breaks.py", "sufficiency.py"}, {"typology.py"}),
    ],
)
def test_a_script_depends_on_what_it_imports_directly_or_not_and_on_nothing_else(
    monkeypatch, script, needs, needs_not
):
    monkeypatch.chdir(ROOT)
    found = modules_of(dependencies.modules_of(SCRIPTS / f"{script}.py"))
    assert {"__init__.py", "errors.py", "jobs.py", *needs} <= found
    assert not needs_not & found


def test_modules_are_sorted_and_absolute_outside_the_project(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    inside = dependencies.modules_of(SCRIPTS / "classify.py")
    assert inside == sorted(inside)
    monkeypatch.chdir(tmp_path)
    outside = dependencies.modules_of(SCRIPTS / "classify.py")
    assert outside == [(ROOT / path).as_posix() for path in inside]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import smstra.errors", {"__init__.py", "errors.py"}),
        ("from smstra import errors", {"__init__.py", "errors.py"}),
        ("from smstra.errors import nearest", {"__init__.py", "errors.py"}),
        ("from smstra.exact import exact_sum as s", {"__init__.py", "exact.py"}),
        ("import smstrange.errors", set()),
        ("import os, json", set()),
    ],
)
def test_every_form_of_import_is_followed(monkeypatch, tmp_path, line, expected):
    monkeypatch.chdir(ROOT)
    script = tmp_path / "script.py"
    script.write_text(line + "\n", encoding="utf-8")
    assert modules_of(dependencies.modules_of(script)) == expected


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("varnu", ["sf", "varun", "varni"], " (did you mean 'varun'?)"),
        ("VARUN", ["sf", "Varun"], " (did you mean 'Varun'?)"),
        ("xyz", ["sf", "varun"], ""),
        ("sf", [], ""),
        (2006, [2005, 1999], " (did you mean '2005'?)"),
    ],
)
def test_the_nearest_spelling_is_offered_if_it_is_near(word, known, hint):
    assert errors.nearest(word, known) == hint


def test_the_lead_of_a_hint_can_be_chosen_and_lists_are_cut():
    assert errors.nearest("ab", ["abc"], "the nearest is") == " (the nearest is 'abc'?)"
    assert errors.listing(["a", 1]) == "a, 1"
    assert errors.listing(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert errors.listing(range(8)) == "0, 1, 2, 3, 4, 5, 6, 7"
    assert errors.listing("abc", most=1) == "a and 2 more"
    assert errors.listing([]) == ""


# --- the command ----------------------------------------------------------------------------------


def test_pin_prints_rows_and_hashes_to_paste(tmp_path, capsys):
    raw = b'year,code\r\n2005,"01"\r\n2006,02\r\n'
    (tmp_path / "t.csv").write_bytes(raw)
    assert cli.main(["pin", str(tmp_path / "t.csv")]) == 0
    cells = b"year\x1fcode\x1e2005\x1f01\x1e2006\x1f02\x1e"
    assert capsys.readouterr().out == (
        "    rows: 2\n"
        f"    sha256: {hashlib.sha256(raw).hexdigest()}\n"
        f"    sha256_table: {hashlib.sha256(cells).hexdigest()}\n"
    )


def test_pin_reads_a_geojson_by_its_name(tmp_path, capsys):
    (tmp_path / "m.geojson").write_bytes(b'{"features": [{"b": 1, "a": 2}]}')
    assert cli.main(["pin", str(tmp_path / "m.geojson")]) == 0
    cells = b'feature\x1e{"a":2,"b":1}\x1e'
    out = capsys.readouterr().out
    assert "rows: 1\n" in out
    assert hashlib.sha256(cells).hexdigest() in out


@pytest.mark.parametrize(
    ("raw", "says"), [(None, "there is no such file"), (b"<html>", "this is an HTML page")]
)
def test_pin_ends_in_one_sentence_and_code_1_if_it_cannot(tmp_path, capsys, raw, says):
    path = tmp_path / "t.csv"
    if raw is not None:
        path.write_bytes(raw)
    assert cli.main(["pin", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("smstra: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["pin"], ["unpin", "x"]])
def test_wrong_usage_ends_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: smstra" in capsys.readouterr().err
