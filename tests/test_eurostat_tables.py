"""Eurostat's answers: every format gives the same frame, every fault a sentence, no byte a crash."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra.errors import SmstraError, SourceError
from smstra.sources import pages
from smstra.sources.eurostat import tables
from smstra.sources.eurostat.answers import Answer, in_words, recognise

SOME = settings(max_examples=30)
DIMENSIONS = ("freq", "unit", "sex", "geo")
# Key, period, value, flag, confidentiality: an invented table with every kind of cell.
OBSERVATIONS = [
    (("A", "THS", "F", "XA1"), "2004", 26.3, "", ""),
    (("A", "THS", "F", "XA1"), "2005", 27.5, "b", ""),
    (("A", "THS", "F", "XA1"), "2014", None, "u", ""),
    (("A", "THS", "M", "XA1"), "2005", None, "", "C"),
    (("A", "THS", "M", "XA1"), "2014", 0.0, "bu", ""),
    (("A", "THS", "M", "XB22"), "2004", -3.0, "p", "N"),
    (("A", "THS", "M", "XB22"), "2005", 1e-7, "", ""),
    (("A", "PC", "M", "XB22"), "2005", None, "c", ""),
    (("A", "PC", "M", "XB22"), "2014", 123456789.25, "bep", ""),
]


# --- Writers of each format ---


def number(value):
    return "" if value is None else repr(value)


def csv_1(dimensions, observations, end="\r\n"):
    rows = [
        [
            "DATAFLOW",
            "LAST UPDATE",
            *dimensions,
            "TIME_PERIOD",
            "OBS_VALUE",
            "OBS_FLAG",
            "CONF_STATUS",
        ]
    ]
    for key, time, value, flag, conf in observations:
        rows.append(
            ["ESTAT:INV_R_TEST(1.0)", "28/09/23 23:00:00", *key, time, number(value), flag, conf]
        )
    return "".join(",".join(row) + end for row in rows).encode()


def csv_2(dimensions, observations, end="\r\n"):
    rows = [
        [
            "STRUCTURE",
            "STRUCTURE_ID",
            *dimensions,
            "TIME_PERIOD",
            "OBS_VALUE",
            "OBS_FLAG",
            "CONF_STATUS",
        ]
    ]
    for key, time, value, flag, conf in observations:
        rows.append(["dataflow", "ESTAT:INV_R_TEST(1.0)", *key, time, number(value), flag, conf])
    return "".join(",".join(row) + end for row in rows).encode()


def csv_2_named(dimensions, observations):
    """SDMX-CSV 2.0 with names: a column of labels, with commas in quotes, behind each of codes."""
    names = ",".join(f'{d},"The {d}, in words"' for d in dimensions)
    lines = [
        f"STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,{names},TIME_PERIOD,Time,OBS_VALUE,Observation value,"
        "OBS_FLAG,Observation status (Flag) V2 structure,CONF_STATUS,Confidentiality status (flag)"
    ]
    for key, time, value, flag, conf in observations:
        cells = ",".join(f'{code},"Label of {code}, long"' for code in key)
        lines.append(
            f'dataflow,ESTAT:INV_R_TEST(1.0),"Tests, invented",{cells},{time},{time},{number(value)},,'
            f"{flag},,{conf},"
        )
    return "".join(line + "\n" for line in lines).encode()


def csv_1_both(dimensions, observations):
    """SDMX-CSV 1.0 with codes and labels in one cell."""
    lines = [
        ",".join(
            [
                *("DATAFLOW", "LAST UPDATE", *(f"{d}:The {d}" for d in dimensions)),
                *("TIME_PERIOD:Time", "OBS_VALUE", "OBS_FLAG:Flag", "CONF_STATUS:Confidentiality"),
            ]
        )
    ]
    for key, time, value, flag, conf in observations:
        cells = [f'"{code}: Label of {code}, long"' for code in key]
        marks = [f"{mark}:some words" if mark else "" for mark in (flag, conf)]
        lines.append(
            ",".join(
                [
                    *("ESTAT:INV_R_TEST(1.0): Tests", "28/09/23 23:00:00", *cells),
                    *(f"{time}:{time}", number(value), *marks),
                ]
            )
        )
    return "".join(line + "\n" for line in lines).encode()


def cell(found, key, time):
    value, flag, conf = found.get((key, time), (None, "", ""))
    marks = flag + (f"@{conf}" if conf else "")
    return f"{':' if value is None else number(value)} {marks}"


def tsv(dimensions, observations, end="\r\n", head="TIME_PERIOD", newest_first=False):
    found = {(key, time): tuple(rest) for key, time, *rest in observations}
    keys = list(dict.fromkeys(key for key, _ in found))
    times = sorted({time for _, time in found}, reverse=newest_first)
    lines = ["\t".join([",".join(dimensions) + f"\\{head}", *(time + " " for time in times)])]
    lines += [
        "\t".join([",".join(key), *(cell(found, key, time) for time in times)]) for key in keys
    ]
    return "".join(line + end for line in lines).encode()


def tsv_bulk(dimensions, observations):
    return tsv(dimensions, observations, end="\n", head="time", newest_first=True)


def tsv_geo_across(dimensions, observations):
    found = {(key, time): tuple(rest) for key, time, *rest in observations}
    rows = list(dict.fromkeys((key[:-1], time) for key, time in found))
    places = sorted({key[-1] for key, _ in found})
    first = ",".join([*dimensions[:-1], f"time\\{dimensions[-1]}"])
    lines = ["\t".join([first, *(place + " " for place in places)])]
    for key, time in rows:
        cells = [cell(found, (*key, place), time) for place in places]
        lines.append("\t".join([",".join([*key, time]), *cells]))
    return "".join(line + "\n" for line in lines).encode()


def json_stat(dimensions, observations, as_lists=False):
    titles = [*dimensions, "time"]
    codes = [sorted({(*o[0], o[1])[i] for o in observations}) for i in range(len(titles))]
    sizes = [len(each) for each in codes]
    value, status = {}, {}
    for key, time, figure, flag, conf in observations:
        at = 0
        for code, known in zip((*key, time), codes, strict=True):
            at = at * len(known) + known.index(code)
        if figure is not None:
            value[str(at)] = figure
        if flag or conf:
            status[str(at)] = flag + (f"|{conf}" if conf else "")
    total = math.prod(sizes)
    whole = {
        "version": "2.0",
        "class": "dataset",
        "label": "Tests",
        "updated": "2026-08-01T11:00:00+0200",
        "value": [value.get(str(i)) for i in range(total)] if as_lists else value,
        "status": [status.get(str(i)) for i in range(total)] if as_lists else status,
        "id": titles,
        "size": sizes,
        "dimension": {
            title: {"label": title, "category": {"index": {c: i for i, c in enumerate(known)}}}
            for title, known in zip(titles, codes, strict=True)
        },
        "extension": {"id": "INV_R_TEST"},
    }
    return json.dumps(whole, separators=(",", ":")).encode()


def json_stat_lists(dimensions, observations):
    return json_stat(dimensions, observations, as_lists=True)


def json_stat_indented(dimensions, observations):
    return json.dumps(json.loads(json_stat(dimensions, observations)), indent=1).encode()


WRITERS = {
    "sdmx-csv-1.0": csv_1,
    "sdmx-csv-2.0": csv_2,
    "sdmx-csv-2.0 with names": csv_2_named,
    "sdmx-csv-1.0 with both": csv_1_both,
    "tsv": tsv,
    "tsv-bulk": tsv_bulk,
    "tsv-bulk with geo across": tsv_geo_across,
    "json-stat": json_stat,
    "json-stat with blanks": json_stat_indented,
    "json-stat with lists": json_stat_lists,
}
LINES = [name for name in WRITERS if not name.startswith("json")]
every_format = pytest.mark.parametrize("form", WRITERS)


# --- What a frame must be ---


def parse(raw, name="inv.table"):
    return tables.parse(raw, {}, name)


def assert_contract(frame):
    *dimensions, time, value, flag, conf = frame.columns
    assert (time, value, flag, conf) == ("TIME_PERIOD", "OBS_VALUE", "OBS_FLAG", "CONF_STATUS")
    assert dimensions
    assert all(re.fullmatch("[a-z][a-z0-9_]*", each) for each in dimensions)
    assert len(frame) > 0
    for column in [*dimensions, time, flag, conf]:
        categories = frame[column].cat.categories
        assert categories.dtype == "str"
        assert not frame[column].isna().any()
        assert list(categories) == sorted(frame[column].unique())
    assert frame[value].dtype == np.float64
    assert not np.isinf(frame[value]).any()
    assert not frame.duplicated([*dimensions, time]).any()
    assert frame.index.dtype == np.int64
    assert set(frame.attrs) == {"format", "dataflow", "last_update", "label"}


def figures(frame):
    """Return what the cells say that say anything, by their key."""
    *keys, value, flag, conf = frame.columns
    rows = zip(*(frame[c].astype(object) for c in [*keys, value, flag, conf]), strict=True)
    found = {}
    for *key, figure, letters, mark in rows:
        said = (None if math.isnan(figure) else figure, letters, mark)
        if said != (None, "", ""):
            found[tuple(key)] = said
    return found


def expected(observations):
    return {
        (*key, time): tuple(rest)
        for key, time, *rest in observations
        if tuple(rest) != (None, "", "")
    }


# --- The same figures in every format ---


@every_format
def test_every_format_gives_the_same_figures_and_flags(form):
    frame = parse(WRITERS[form](DIMENSIONS, OBSERVATIONS))
    assert_contract(frame)
    assert list(frame.columns[:4]) == list(DIMENSIONS)
    assert figures(frame) == expected(OBSERVATIONS)
    assert frame.attrs["format"] == form.split(" with")[0]


def test_what_a_table_says_of_itself_is_kept():
    def said(form):
        return parse(WRITERS[form](DIMENSIONS, OBSERVATIONS)).attrs

    assert said("sdmx-csv-1.0") == {
        "format": "sdmx-csv-1.0",
        "dataflow": "INV_R_TEST",
        "last_update": "28/09/23 23:00:00",
        "label": "",
    }
    assert said("sdmx-csv-2.0")["dataflow"] == "INV_R_TEST"
    assert said("sdmx-csv-2.0 with names")["label"] == "Tests, invented"
    assert said("sdmx-csv-1.0 with both")["label"] == "Tests"
    assert said("json-stat")["last_update"] == "2026-08-01T11:00:00+0200"
    assert said("json-stat")["dataflow"] == "INV_R_TEST"
    assert said("tsv")["dataflow"] == ""


def test_rows_carry_the_line_or_the_position_they_stand_at():
    csv = parse(csv_1(DIMENSIONS, OBSERVATIONS))
    assert list(csv.index) == list(range(2, 11))
    wide = parse(tsv(DIMENSIONS, OBSERVATIONS))
    assert list(wide.index) == [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
    assert list(wide["TIME_PERIOD"][:3]) == ["2004", "2005", "2014"]
    assert list(parse(tsv_bulk(DIMENSIONS, OBSERVATIONS))["TIME_PERIOD"][:3]) == [
        "2014",
        "2005",
        "2004",
    ]
    flat = parse(json_stat(DIMENSIONS, OBSERVATIONS))
    # freq 1, unit (PC, THS) 2, sex (F, M) 2, geo (XA1, XB22) 2, time 3: row-major.
    assert list(flat.index) == [10, 11, 12, 13, 14, 19, 20, 21, 22]
    named = parse(
        b'STRUCTURE,STRUCTURE_ID,geo,TIME_PERIOD,OBS_VALUE\n"dataflow",X:Y(1.0),"A",2005,1\n'
    )
    assert list(named.index) == [2]


def test_a_cell_without_value_and_flag_keeps_its_row_in_tsv_and_csv():
    wide = parse(b"freq,geo\\TIME_PERIOD\t2004 \t2005 \r\nA,XA\t: \t1 \r\n")
    assert wide["OBS_VALUE"].isna().tolist() == [True, False]
    long = parse(
        b"DATAFLOW,LAST UPDATE,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nE:X(1),d,A,2004,,\nE:X(1),d,A,2005,:,u\n"
    )
    assert long["OBS_VALUE"].isna().all()
    assert list(long["OBS_FLAG"]) == ["", "u"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("27.5 b", (27.5, "b", "")),
        ("27.5  bu ", (27.5, "bu", "")),
        (": c", (None, "c", "")),
        (":c", (None, "c", "")),
        (":", (None, "", "")),
        ("", (None, "", "")),
        (": @C", (None, "", "C")),
        ("12 @N", (12.0, "", "N")),
        ("1.5 p@C", (1.5, "p", "C")),
        ("-1e-3 bep", (-0.001, "bep", "")),
        ("123456789012", (123456789012.0, "", "")),
    ],
)
def test_cells_of_tsv_of_both_generations(written, read):
    frame = parse(f"geo\\time\t2005 \t2004 \nXA\t{written}\t1 \n".encode())
    value = frame["OBS_VALUE"].iloc[0]
    found = (
        None if math.isnan(value) else value,
        frame["OBS_FLAG"].iloc[0],
        frame["CONF_STATUS"].iloc[0],
    )
    assert found == read


@pytest.mark.parametrize(
    ("status", "read"),
    [("b", ("b", "")), ("|C", ("", "C")), ("p|C", ("p", "C")), (": u", ("u", ""))],
)
def test_status_of_json_stat_is_split(status, read):
    raw = json_stat(("geo",), [(("XA",), "2004", 1.0, "", ""), (("XA",), "2005", None, "z", "")])
    frame = parse(raw.replace(b'"1":"z"', f'"1":"{status}"'.encode()))
    assert (frame["OBS_FLAG"].iloc[1], frame["CONF_STATUS"].iloc[1]) == read


def test_status_alone_is_a_table_of_confidential_cells():
    frame = parse(json_stat(("geo",), [(("XA",), t, None, "", "C") for t in ("2004", "2005")]))
    assert frame["OBS_VALUE"].isna().all()
    assert list(frame["CONF_STATUS"]) == ["C", "C"]


@pytest.mark.parametrize(
    "other", [{"value": {"0": 5.0}}, {"status": {"0": "x"}}, {"value": {"lifted": "value"}}]
)
def test_only_the_member_of_the_dataset_itself_is_its_value(other):
    whole = json.loads(JSON)
    raw = json.dumps({"note": other} | whole, separators=(",", ":")).encode()
    assert figures(parse(raw)) == expected(OBSERVATIONS)
    whole["value"] = {"lifted": "value"}
    raw = json.dumps({"note": {"value": {"0": 5.0}}} | whole, separators=(",", ":")).encode()
    with pytest.raises(SourceError, match="no position"):
        parse(raw)


def test_forms_a_header_may_take():
    plain = parse(
        b"STRUCTURE,STRUCTURE_ID,freq,geo,TIME_PERIOD,OBS_VALUE\ndataflow,ESTAT:X$V(1.0),A,XA,2005,1\n"
    )
    assert plain.attrs["dataflow"] == "X"
    assert list(plain["OBS_FLAG"]) == [""]
    more = (
        "STRUCTURE,STRUCTURE_ID,ACTION,LAST UPDATE,geo,TIME_PERIOD,OBS_VALUE,OBS_STATUS,NOTE\n"
        "dataflow,E:X(1.0),I,now,XA,2005,1,b,x y\n"
    )
    frame = parse(b"\xef\xbb\xbf" + more.encode())
    assert list(frame["OBS_FLAG"]) == ["b"]
    assert frame.attrs["last_update"] == "now"
    assert list(frame.columns[:1]) == ["geo"]


def test_parts_of_a_long_table_join_to_the_same_frame(monkeypatch):
    documents = [write(DIMENSIONS, OBSERVATIONS) for write in (csv_1, csv_2, tsv, tsv_geo_across)]
    whole = [parse(raw) for raw in documents]
    for size in (1, 90, 200):  # bytes: a line a part, and parts that end within lines
        monkeypatch.setattr(tables, "_CHUNK", size)
        for raw, frame in zip(documents, whole, strict=True):
            pd.testing.assert_frame_equal(parse(raw), frame)
    with pytest.raises(SourceError, match="line 7: 9 cells"):
        parse(csv_2(DIMENSIONS, OBSERVATIONS).replace(b",N\r\n", b"\r\n"))


def test_more_keys_than_a_number_can_count_do_not_clash():
    dimensions = [f"d{i}" for i in range(10)]
    observations = [((f"X{i}",) * 10, "2005", float(i), "", "") for i in range(256)]
    observations.append((("X1", *["X0"] * 9), "2005", 1.5, "", ""))
    for write in (csv_1, tsv):
        assert figures(parse(write(dimensions, observations))) == expected(observations)
    twice = csv_1(dimensions, [*observations, observations[-1]])
    with pytest.raises(SourceError, match=r"line 259: the key X1, X0, .* first in line 258"):
        parse(twice)


# --- Faults ---

CSV = csv_1(DIMENSIONS, OBSERVATIONS)
CSV_2 = csv_2(DIMENSIONS, OBSERVATIONS)
NAMED = csv_2_named(DIMENSIONS, OBSERVATIONS)
TSV = tsv(DIMENSIONS, OBSERVATIONS)
JSON = json_stat(DIMENSIONS, OBSERVATIONS)
LISTS = json_stat_lists(DIMENSIONS, OBSERVATIONS)
MANY = json_stat(
    [f"d{i}" for i in range(11)], [((f"X{i}",) * 11, "2005", 1.0, "", "") for i in range(60)]
)
EMPTY_TIME = json.dumps(
    {
        "version": "2.0",
        "class": "dataset",
        "value": {},
        "id": ["geo", "time"],
        "size": [1, 0],
        "dimension": {
            "geo": {"category": {"index": {"XA": 0}}},
            "time": {"category": {"index": {}}},
        },
    }
).encode()
FAULTS = [
    # what, the bytes, words of the message
    ("json too many positions", MANY, "`size` .* is too large to be true"),
    (
        "quotes, tsv",
        TSV.replace(b"27.5 b", b'"27.5 b"'),
        "line 2: '\"27.5 b\"' in column 2005",
    ),
    ("empty", b"", "answer is empty"),
    ("blank", b" \r\n", "answer is empty"),
    ("other", b"a,b,c\n1,2,3\n", "line 1: 'a,b,c' begins neither"),
    ("bytes", b"\xff\xfe\x00\x01\n", "line 1: this is not UTF-8"),
    (
        "bytes below",
        CSV.replace(b"THS,M,XA1,2005", b"THS,M,X\xff1,2005"),
        "line 5: this is not UTF-8",
    ),
    ("html", b"<!DOCTYPE html><title>Sorry</title>", "titled 'Sorry' came instead of a table"),
    ("header only", CSV[: CSV.index(b"\n") + 1], "no observation"),
    ("header only, 2.0", CSV_2[: CSV_2.index(b"\n") + 1], "no observation"),
    ("header only, names", NAMED[: NAMED.index(b"\n") + 1], "no observation"),
    ("header only, tsv", TSV[: TSV.index(b"\n") + 1], "no observation"),
    ("no end", CSV[:-2], "line 10: the last line has no end"),
    ("no end, names", NAMED[:-1], "line 10: the last line has no end"),
    (
        "short row",
        CSV.replace(b"2005,27.5,b,", b"2005,27.5,b"),
        "line 3: 9 cells where the header has 10",
    ),
    ("long row", CSV.replace(b"2005,27.5,b,", b"2005,27.5,b,,"), "line 3: 11 cells"),
    (
        "short and long rows that make up for each other",
        CSV.replace(b"26.3,,", b"26.3,").replace(b"27.5,b,", b"27.5,b,,"),
        "line 2: 9 cells",
    ),
    ("short row, names", NAMED.replace(b"26.3,,,,,", b"26.3,,,,"), "line 2: "),
    ("blank line", CSV.replace(b"\r\nESTAT", b"\r\n\r\nESTAT", 1), "line 2: 1 cells"),
    ("blank line, names", NAMED.replace(b"\ndata", b"\n\ndata", 1), "line 2: 0 cells"),
    (
        "open quote",
        NAMED.replace(b'long",A', b"long,A").replace(b'long"', b"long", 1),
        "valid CSV|cells",
    ),
    (
        "short row, tsv",
        TSV.replace(b"\t: u\r\n", b"\r\n"),
        "line 2: 3 cells where the header has 4",
    ),
    ("no number", CSV.replace(b"27.5", b"2 7.5"), "line 3: '2 7.5' in column OBS_VALUE"),
    (
        "comma for point",
        NAMED.replace(b",27.5,", b',"27,5",'),
        "line 3: '27,5' in column OBS_VALUE",
    ),
    ("NaN", CSV.replace(b"27.5", b"nan"), "line 3: 'nan'"),
    ("infinite", CSV.replace(b"27.5", b"inf"), "line 3: 'inf'"),
    ("too large", CSV.replace(b"27.5", b"1e999"), "line 3: '1e999'"),
    ("too large, tsv", TSV.replace(b"27.5", b"1e999"), "line 2: '1e999 b' in column 2005"),
    ("no number, tsv", TSV.replace(b"27.5", b"27,5"), "line 2: '27,5 b' in column 2005"),
    (
        "odd flag, tsv",
        TSV.replace(b"27.5 b", b"27.5 1"),
        "line 2, cell of 2005: column OBS_FLAG holds '1'",
    ),
    ("odd flag", CSV.replace(b"27.5,b", b"27.5,b!"), "line 3: column OBS_FLAG holds 'b!'"),
    ("odd mark", CSV.replace(b",,C\r", b",,1\r"), "line 5: column CONF_STATUS holds '1'"),
    (
        "labels",
        CSV.replace(b",A,", b",Annual,"),
        "line 2: freq is 'Annual'.*labels=name.*labels=id",
    ),
    (
        "labels without freq",
        CSV.replace(b"XB22", b"Big town"),
        "line 7: column geo holds 'Big town'.*labels=id",
    ),
    ("labels, tsv", TSV.replace(b"\nA,", b"\nAnnual,"), "line 2: freq is 'Annual'"),
    (
        "labels with commas, tsv",
        TSV.replace(b"THS,F", b"Thousand, all,F"),
        "line 2: the key .* has 5 codes",
    ),
    ("no code", CSV.replace(b"XB22", b""), "line 7: column geo holds ''"),
    ("odd period", CSV.replace(b",2004,", b",04,"), "line 2: column TIME_PERIOD holds '04'"),
    ("odd period, tsv", TSV.replace(b"2004 ", b"Sum "), "line 2: column TIME_PERIOD holds 'Sum'"),
    (
        "twice",
        CSV + CSV[CSV.index(b"\n") + 1 :].split(b"\n")[0] + b"\n",
        "line 11: the key A, THS, F, XA1, 2004 stands twice, first in line 2",
    ),
    (
        "twice, tsv",
        TSV + TSV.splitlines(True)[2],
        "line 6: the key A, THS, M, XA1 stands twice, first in line 3",
    ),
    ("year twice, tsv", TSV.replace(b"2014", b"2004"), "each head once"),
    (
        "no time, tsv",
        TSV.replace(b"\\TIME_PERIOD", b"\\age"),
        "line 1: the header .* one of them time",
    ),
    ("no dimension, tsv", b"time\\\t1\n2005\t2\n", "dimensions"),
    (
        "no OBS_VALUE",
        CSV.replace(b"OBS_VALUE", b"VALUE", 1),
        "line 1: the columns .* are not those",
    ),
    ("no TIME_PERIOD", CSV.replace(b"TIME_PERIOD", b"time", 1), "line 1: the columns"),
    ("column twice", CSV.replace(b"unit,sex", b"sex,sex", 1), "line 1: the columns"),
    (
        "two flags",
        CSV.replace(b"OBS_FLAG,CONF_STATUS", b"OBS_FLAG,OBS_STATUS", 1),
        "line 1: the columns",
    ),
    ("odd dimension", CSV.replace(b"unit,sex", b"u nit,sex", 1), "the dimensions"),
    (
        "two tables",
        CSV.replace(b"28/09/23", b"29/09/23", 1),
        "line 3: column LAST UPDATE changes here",
    ),
    (
        "two dataflows",
        CSV_2.replace(b"INV_R_TEST", b"INV_R_BEST", 1),
        "line 3: column STRUCTURE_ID changes",
    ),
    ("no dataflow", CSV.replace(b"ESTAT:INV_R_TEST(1.0)", b"((("), "line 2: its first cells"),
    (
        "deleted",
        b"STRUCTURE,STRUCTURE_ID,ACTION,geo,TIME_PERIOD,OBS_VALUE\ndataflow,X,D,A,2005,1\n",
        "line 2",
    ),
    ("cut json", JSON[:-1], "not valid JSON"),
    ("more than json", JSON + b"{}", "not valid JSON"),
    ("deep json", b'{"a":' + b"[" * 200_000, "not valid JSON"),
    ("json NaN", JSON.replace(b"27.5", b"NaN"), "NaN is no number"),
    ("json Infinity", JSON.replace(b"27.5", b"-Infinity"), "-Infinity is no number"),
    ("json too large", JSON.replace(b"27.5", b"1e999"), "too large"),
    ("json too large, whole", JSON.replace(b"27.5", b"9" * 400), "too large"),
    ("json too long", JSON.replace(b"27.5", b"9" * 5000), "too large|not valid JSON"),
    ("json text", JSON.replace(b"27.5", b'"27.5"'), "`value` .* holds something that is no number"),
    ("json truth", JSON.replace(b"27.5", b"true"), "`value` .* holds something that is no number"),
    ("json key twice", JSON.replace(b'"12":26.3', b'"13":26.3'), "names a position twice"),
    ("json member twice", JSON.replace(b'"label"', b'"class"', 1), "the key 'class' stands twice"),
    ("json position twice", JSON.replace(b'"12":26.3', b'"013":26.3'), "names a position twice"),
    ("json out of range", JSON.replace(b'"12":26.3', b'"24":26.3'), "names position 24 .* give 24"),
    ("json negative", JSON.replace(b'"12":26.3', b'"-1":26.3'), "a key that is no position"),
    ("json huge position", JSON.replace(b'"12":26.3', b'"' + b"9" * 30 + b'":26.3'), "no position"),
    ("json no position", JSON.replace(b'"12":26.3', b'"":26.3'), "a key that is no position"),
    ("json short list", LISTS.replace(b"null,", b"", 1), "has 23 entries where the sizes give 24"),
    ("json sizes", JSON.replace(b'"size":[1,2', b'"size":[1,3'), "`unit` .* does not list 3 codes"),
    ("json one size less", JSON.replace(b'"size":[1,', b'"size":['), "`size` .* each of the 5"),
    ("json size of text", JSON.replace(b'"size":[1,', b'"size":["1",'), "`size`"),
    ("json dimension", JSON.replace(b'"unit":{', b'"units":{'), "`unit` .* is missing"),
    ("json index", JSON.replace(b'"PC":0', b'"PC":1'), "`unit` .* does not list 2 codes"),
    ("json index of text", JSON.replace(b'"PC":0', b'"PC":"0"'), "no whole number"),
    ("json no value", JSON.replace(b'"value"', b'"values"'), "`value` .* is neither"),
    ("json no time", JSON.replace(b'"time"', b'"year"'), "one dimension of time"),
    ("json status", JSON.replace(b'"bu"', b'"b u"'), "position 17|the status 'b u' is no flag"),
    ("json status of number", JSON.replace(b'"bu"', b"1"), "`status` .* no text"),
    ("json status says no value", JSON.replace(b'"bu"', b'":"'), "the status ':'"),
    ("json class", JSON.replace(b'"class":"dataset"', b'"class":"collection"'), "not a dataset"),
    ("json labels", JSON.replace(b'"A":0', b'"Annual":0'), "freq is 'Annual'.*labels=id"),
    (
        "json no observation",
        json_stat(("geo",), [(("XA",), "2005", None, "", "")]),
        "no observation",
    ),
    ("json empty time", EMPTY_TIME, "the period asked lies outside the table"),
    (
        "json fault",
        b'{"error":[{"status":404,"id":100,"label":"ERR_NOT_FOUND_4: X"}]}',
        "no such dataset",
    ),
    ("json other", b'{"facts":[]}', "`id` .* is missing"),
]


@pytest.mark.parametrize(
    ("raw", "words"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_a_fault_is_one_sentence_with_file_place_and_remedy(raw, words):
    with pytest.raises(SourceError) as caught:
        parse(raw)
    message = str(caught.value)
    assert re.search(words, message), message
    assert message.startswith("inv.table")
    assert message.endswith(".")
    assert message.isprintable()
    assert re.search("fetch|ask|mend", message), message


@pytest.mark.parametrize("form", LINES)
def test_cut_anywhere_but_at_a_line_end_is_refused(form):
    raw = WRITERS[form](DIMENSIONS, OBSERVATIONS)
    for at in range(len(raw)):
        if not raw[:at].endswith(b"\n"):
            with pytest.raises(SourceError):
                parse(raw[:at])


# --- Any table, any bytes ---

WORDS = st.from_regex(r"\A[A-Z][A-Z0-9_]{0,5}\Z")
FIGURES = st.one_of(
    st.none(),
    st.integers(0, 10**9).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def documents(draw):
    """Return dimensions and observations of any small table."""
    dimensions = draw(
        st.lists(st.from_regex(r"\A[a-z][a-z0-9_]{0,4}\Z"), min_size=1, max_size=4, unique=True)
    )
    dimensions = [d for d in dimensions if d not in ("freq", "time")] or ["geo"]
    codes = [draw(st.lists(WORDS, min_size=1, max_size=4, unique=True)) for _ in dimensions]
    times = draw(st.lists(st.integers(1950, 2050).map(str), min_size=1, max_size=4, unique=True))
    keys = st.tuples(st.tuples(*map(st.sampled_from, codes)), st.sampled_from(times))
    flags = st.sampled_from(["", "", "b", "bu", "bep", "c", "u"])
    marks = st.sampled_from(["", "", "C", "N"])
    return dimensions, [
        (key, time, draw(FIGURES), draw(flags), draw(marks))
        for key, time in draw(st.lists(keys, min_size=1, max_size=12, unique=True))
    ]


@every_format
@SOME
@given(document=documents())
def test_any_table_comes_back_as_it_was_written(form, document):
    dimensions, observations = document
    raw = WRITERS[form](dimensions, observations)
    if form.startswith("json") and not expected(observations):
        with pytest.raises(SourceError, match="no observation"):
            parse(raw)
        return
    frame = parse(raw)
    assert_contract(frame)
    assert list(frame.columns[: len(dimensions)]) == dimensions
    assert figures(frame) == expected(observations)
    if "csv" in form:
        assert len(frame) == len(observations)


def check_any(raw):
    """Parse ``raw``: the contract holds, with a row for every cell of the file, or SmstraError."""
    try:
        frame = parse(raw)
    except SmstraError as error:
        assert str(error).isprintable()
        return
    assert_contract(frame)
    body = raw.removeprefix(b"\xef\xbb\xbf")
    if frame.attrs["format"].startswith("tsv"):
        width = body[: body.index(b"\n")].count(b"\t")
        assert len(frame) == (body.count(b"\n") - 1) * width
    elif frame.attrs["format"].startswith("sdmx-csv") and b'"' not in body:
        assert len(frame) == body.count(b"\n") - 1


@every_format
@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_table_is_read_whole_or_refused(form, data):
    raw = WRITERS[form](DIMENSIONS, OBSERVATIONS)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(at, min(len(raw), at + 40)))
        how = data.draw(st.sampled_from(["delete", "double", "replace", "cut"]))
        put = {
            "delete": b"",
            "double": raw[at:end] * 2,
            "replace": data.draw(
                st.one_of(
                    st.binary(max_size=4),
                    st.sampled_from([b"\n", b"\r", b",", b"\t", b'"', b":", b" ", b"\x00", b"1e9"]),
                )
            ),
            "cut": b"",
        }[how]
        raw = raw[:at] + put + (b"" if how == "cut" else raw[end:])
    check_any(raw)


@SOME
@given(
    head=st.sampled_from(
        [b"", CSV[:75], CSV_2[:70], NAMED[:300], TSV[:60], JSON[:200], b"{", b"<"]
    ),
    rest=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode())),
)
def test_any_bytes_give_a_frame_or_a_sentence(head, rest):
    check_any(head + rest)


@SOME
@given(
    whole=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(["id", "size", "value", "status", "dimension", "category", "index"])
                | st.sampled_from(["time", "geo", "label", "0", "1", "error", "warning", "class"]),
                inner,
                max_size=6,
            ),
        ),
        max_leaves=30,
    )
)
def test_any_json_gives_a_frame_or_a_sentence(whole):
    check_any(json.dumps({"class": "dataset", "x": whole}).encode())
    if isinstance(whole, dict):
        check_any(json.dumps(whole).encode())


@SOME
@given(data=st.data())
def test_any_member_of_json_stat_may_be_anything(data):
    whole = json.loads(JSON)
    place, key = whole, "value"
    for _ in range(data.draw(st.integers(1, 4))):
        if not isinstance(place, dict) or not place:
            break
        parent, key = place, data.draw(st.sampled_from(sorted(place)))
        place = parent[key]
    parent[key] = data.draw(
        st.sampled_from([None, True, -1, 0, 1, 10**30, 0.5, "", "b", "time", [], {}, [1], {"0": 1}])
    )
    check_any(json.dumps(whole).encode())


# --- Answers that are no table ---

QUEUED = b"""<?xml version="1.0" encoding="UTF-8" ?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header/><e:Body>
<n:syncResponse xmlns:n="urn:extraction"><processingTime>9</processingTime>
<queued><id>11111111-aaaa-bbbb-cccc-222222222222</id><status>SUBMITTED</status></queued>
</n:syncResponse></e:Body></e:Envelope>"""
STATUS = b"""<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>
<n:asyncResponse xmlns:n="urn:soap" xmlns:a="urn:asynchronous"><a:status>
<a:key>11111111-aaaa</a:key><a:status>PROCESSING</a:status></a:status></n:asyncResponse>
</S:Body></S:Envelope>"""
FOOTER = b"""<m:GenericData xmlns:m="urn:message" xmlns:f="urn:footer" xmlns:c="urn:common">
<f:Footer><f:Message code="413" severity="Infomation"><c:Text>It will be located under URL:
http://example.org/file/abc</c:Text></f:Message></f:Footer></m:GenericData>"""


def fault(code, label, prefix="S"):
    return (
        f'<?xml version="1.0"?><{prefix}:Fault xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<faultcode>{code}</faultcode><faultstring>{label}</faultstring></{prefix}:Fault>"
    ).encode()


@pytest.mark.parametrize("prefix", ["S", "env"])
@pytest.mark.parametrize(
    ("code", "label", "words"),
    [
        (100, "ERR_NOT_FOUND_2: DATA_SET:NO is not available", "no such dataset"),
        (140, "INVALID_QUERY_NB_FILTERS: Incorrect number of filters", "another number of filters"),
        (150, "The following values for dimension are not allowed: UNIT=NO.", "names: UNIT=NO"),
        (
            413,
            "EXTRACTION_TOO_BIG: too big, estimated 17348292 rows, max authorised is 5000000, please",
            "about 17,348,292 rows; at most 5,000,000",
        ),
        (500, "Down", "the fault 500: Down"),
    ],
)
def test_soap_faults_are_put_in_words(prefix, code, label, words):
    answer = recognise(fault(code, label, prefix))
    assert (answer.kind, answer.code) == ("fault", code)
    assert words in answer.words
    with pytest.raises(SourceError, match=re.escape(words)):
        parse(fault(code, label, prefix))


@pytest.mark.parametrize(
    ("body", "status", "kind", "code", "words"),
    [
        (
            b'{"error":[{"status":400,"id":150,"label":"Dimension \\"ZZ\\" is not defined"}]}',
            400,
            "fault",
            150,
            "names: ZZ",
        ),
        (b'{"error":{"status":404,"label":"gone"}}', 404, "fault", 404, "the fault 404: gone"),
        (
            b'{"warning":{"status":413,"label":"ASYNCHRONOUS_RESPONSE. Later."}}',
            200,
            "warning",
            413,
            "again later",
        ),
        (FOOTER, 200, "warning", 413, "http://example.org/file/abc"),
        (b"\xef\xbb\xbf  ", 200, "empty", None, "empty"),
        (b"", 503, "fault", 503, "HTTP status 503, and an empty answer"),
        (
            b"Bad gateway",
            502,
            "fault",
            502,
            "HTTP status 502, and an answer that begins 'Bad gateway'",
        ),
        (b"<html><head><title>Access denied</title>", 200, "html", None, "for a robot"),
        (b"<a><b>", 200, "fault", None, "breaks off"),
        (b"<a/>", 200, "fault", None, "an XML document <a>"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 200, "fault", None, "document type"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), 200, "table", None, ""),
        (QUEUED.replace(b"11111111-aaaa", b"../../x"), 200, "fault", None, "<Envelope>"),
        (CSV, 200, "table", None, ""),
        (TSV, 200, "table", None, ""),
        (JSON, 200, "table", None, ""),
    ],
)
def test_answers_are_told_apart(body, status, kind, code, words):
    answer = recognise(body, status)
    assert (answer.kind, answer.code) == (kind, code)
    assert words in answer.words


def test_a_request_put_off_says_its_id_and_state():
    assert recognise(QUEUED) == Answer(
        "queued", None, "11111111-aaaa-bbbb-cccc-222222222222", "SUBMITTED", "the request is queued"
    )
    state = recognise(STATUS)
    assert (state.kind, state.id, state.status) == ("status", "11111111-aaaa", "PROCESSING")


def test_no_entity_is_expanded():
    layers = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{layers}]><a>&l11;</a>'
    assert "document type" in recognise(bomb.encode()).words


@SOME
@given(
    head=st.sampled_from(
        [
            b"",
            b"<",
            b"<S:Fault>",
            b"{",
            b'{"error":',
            b'{"warning":',
            b"<?xml",
            b"<!--",
            QUEUED[:200],
        ]
    ),
    rest=st.binary(max_size=80),
    status=st.sampled_from([200, 404]),
)
def test_any_bytes_are_some_answer(head, rest, status):
    answer = recognise(head + rest, status)
    assert answer.kind in {"table", "html", "queued", "status", "warning", "fault", "empty"}
    assert answer.words.isprintable()
    assert bool(answer.words) == (answer.kind != "table")
    pages.html_title(head + rest)
    pages.captcha(head + rest)


@given(code=st.none() | st.integers(), label=st.text())
def test_any_label_becomes_a_clause(code, label):
    assert in_words(code, label).isprintable()


@pytest.mark.parametrize(
    ("head", "is_page"),
    [
        (b"<!doctype HTML><html>", True),
        (b"\xef\xbb\xbf \r\n<!-- served by x -->\n<HTML lang='en'>", True),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML"><html>', True),
        ("<html>".encode("utf-16"), True),
        (b"<!-- a comment that has no end in the bytes at hand", True),
        (b"<script>location='/'</script>", True),
        (b'<?xml version="1.0"?><S:Fault/>', False),
        (b"<htmlish/>", False),
        (b"a,<html>\n", False),
        (b"", False),
    ],
)
def test_pages_are_told_from_data(head, is_page):
    assert pages.is_html(head) is is_page


def test_what_a_page_says():
    page = b"<html><title>\n Are you\ta robot? &amp; so on </title>"
    assert pages.html_title(page) == "Are you a robot? & so on"
    assert pages.captcha(page)
    assert pages.captcha(b"<html>Request unsuccessful. Incapsula incident")
    assert not pages.captcha(b"<html><title>Statistics</title>")
    assert pages.html_title(b"<html>") == ""
    assert pages.one_line("a\x00b" * 100, 10) == "a ba ba..."
