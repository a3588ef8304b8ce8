"""Testland with tables that can be fetched: its publishers played by a local server in true formats."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import tiny
from publishers import EUROSTAT, filtered, inventory, mirror
from servers import Server

HOST = "https://open.testland.example"
VIEW = "11111111-2222-3333-4444-555555555555"
VIEWS = f"/bestat.statbel.fgov.be/bestat/api/views/{VIEW}/result/JSON"
PRICES = "data/by_hand/prices.xlsx"
FLOWS = {"UNEMP": "unemployed", "WORK": "employed"}
_ABOUT = """
    about:
      publisher: Statistics Testland
      dataset: %s
      title: Table %s
      publisher_address: https://testland.example
      licence: CC0
      geography: towns
      unit_of_measure: as published
      definition: invented
"""
_SURVEY = """
      %(table)s:
        eurostat:
          api: sdmx_3
          dataflow: %(flow)s
          filters: {freq: [A], geo: [Z1, Z2, Z3, TL, ALL]}
          first: "2005"
          last: "2014"
          gaps: list
        format: eurostat
        unit: {column: geo}
        level: {column: geo, map: {Z1: zone, Z2: zone, Z3: zone, TL: country}}
        exclude: [{column: geo, values: [ALL], because: an aggregate of countries}]
        date: {column: TIME_PERIOD}
        missing: []
        flags: eurostat
        variables:
          %(variable)s: {column: OBS_VALUE, flags_column: [OBS_FLAG, CONF_STATUS]}
"""
LIVE = {
    "tl_people": _ABOUT % ("people", "people")
    + f"""
    tables:
      people:
        download: {{address: "{HOST}/people_{{year}}.zip", years: {{first: 2004, last: 2015}}}}
        format: delimited
        encoding: utf-8
        fallback_encoding: cp1252
        delimiter: "|"
        quote: none
        member: "people_{{year}}.txt"
        complete_lines: true
        columns: [CODE, NAME, NAT, COUNT]
        unused_columns: {{NAME: the code says it}}
        renamed: {{TOWN: CODE}}
        unit: {{column: CODE}}
        level: town
        date: {{column: file, written: "people_{{year}}.zip", day: "01-01"}}
        missing: [n.a.]
        variables:
          residents: {{column: COUNT, where: {{NAT: TOTAL}}}}
          residents_foreign: {{column: COUNT, where: {{NAT: FOREIGN}}}}
""",
    "tl_survey": _ABOUT % ("survey", "survey")
    + "    tables:\n"
    + _SURVEY % {"table": "unemp", "flow": "UNEMP", "variable": "unemployed_lfs"}
    + _SURVEY % {"table": "work", "flow": "WORK", "variable": "employed_lfs"},
    "tl_land": _ABOUT % ("land", "land")
    + f"""
    tables:
      land:
        bestat: {{view: {VIEW}}}
        format: bestat
        columns: [Testland, Town, km2]
        unused_columns: {{Testland: the same for every row}}
        exclude: [{{column: Town, values: [""], because: the total of the country}}]
        unit: {{column: Town, names: en}}
        level: town
        date: {{fixed: "2014"}}
        missing: [""]
        variables:
          area_km2: {{column: km2}}
""",
    "tl_prices": _ABOUT % ("prices", "prices")
    + f"""
    tables:
      prices:
        by_hand: {{files: {PRICES}}}
        format: spreadsheet
        columns: [Code, Price]
        unit: {{column: Code}}
        level: town
        date: {{fixed: "2014"}}
        missing: [""]
        variables:
          median_price_all_houses: {{column: Price}}
""",
}


def build(root: Path, server: Server) -> Path:
    """Write Testland into ``root``, with what can be fetched, and let ``server`` play its publishers."""
    tiny.build(root)
    path = root / "config/datasets/tl.yaml"
    text = path.read_text(encoding="utf-8")
    for name, live in LIVE.items():
        start = text.index(f"\n{name}:\n")
        end = text.find("\ntl_", start + 1)
        end = len(text) if end < 0 else end + 1
        text = text[:end] + "  live:" + live.replace("\n\n", "\n") + text[end:]
    path.write_text(text, encoding="utf-8")
    mirror(root, server, (HOST.removeprefix("https://"), "ec.europa.eu", "bestat.statbel.fgov.be"))
    for address, (body, kind) in answers().items():
        server.serve(address, body, headers={"Content-Type": kind})
    for flow, column in FLOWS.items():
        server.serve(flow_path(flow), filtered(survey(flow, column)))
    (root / PRICES).parent.mkdir(parents=True)
    (root / PRICES).write_bytes(prices())
    return root


def people_path(year: int) -> str:
    """Return the server's path of the people of a year."""
    return f"/open.testland.example/people_{year}.zip"


def flow_path(flow: str) -> str:
    """Return the server's path of a dataflow."""
    return f"{EUROSTAT}/sdmx/3.0/data/dataflow/ESTAT/{flow}/1.0"


def answers() -> Mapping[str, tuple[bytes, str]]:
    """Return the bodies of Testland's publishers by path, with their content types."""
    found = {people_path(year): (people(year), "application/zip") for year in tiny.YEARS}
    found[VIEWS] = (land(), "application/json")
    found[f"{EUROSTAT}/files/inventory"] = (inventory(FLOWS), "text/tab-separated-values")
    return found


def people_text(year: int) -> str:
    """The people of a year: until 2008 in cp1252 and under an older header."""
    _, *rows = tiny.tables()["tl_people"]
    lines = ["CODE|NAME|NAT|COUNT" if year > 2008 else "TOWN|NAME|NAT|COUNT"]
    for of, code, total, foreign in rows:
        if of == year:
            lines += [f"{code}|Übel|TOTAL|{total}", f"{code}|Übel|FOREIGN|{foreign}"]
    return "\r\n".join(lines) + "\r\n"


def people(year: int, text: str | None = None, member: str | None = None) -> bytes:
    """Return the zip of a year, of its own text or another."""
    raw = (text or people_text(year)).encode("cp1252" if year <= 2008 else "utf-8-sig")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo(member or f"people_{year}.txt", (2026, 1, 1, 0, 0, 0)), raw
        )
    return made.getvalue()


def survey(flow: str, column: str) -> str:
    """A dataflow of the survey as SDMX-CSV 2.0."""
    head, *rows = tiny.tables()["tl_survey"]
    value, flag = head.index(column), head.index(column) + 1
    lines = ["STRUCTURE,STRUCTURE_ID,freq,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"]
    lines += [
        f"dataflow,ESTAT:{flow}(1.0),A,{row[0]},{row[1]},{row[value]},{row[flag]}," for row in rows
    ]
    return "\r\n".join(lines) + "\r\n"


def land() -> bytes:
    """A view of be.STAT: names with blanks of two kinds, a total among the details."""
    _, *rows = tiny.tables()["tl_land"]
    names = {code: tiny.NAMES.get(str(code), f"Town {code}") for code, _ in rows}
    facts = [
        {"Testland": "Testland", "Town": f"{names[code]} \xa0", "km2": float(str(area))}
        for code, area in rows
    ]
    facts.append({"Testland": "Testland", "Town": None, "km2": 9999.0})
    return json.dumps({"facts": facts}, ensure_ascii=False).encode()


def prices() -> bytes:
    """A workbook of prices by hand."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Prices of houses"])
    sheet.append([])
    _, *rows = tiny.tables()["tl_prices"]
    for row in (["Code", "Price"], *rows):
        sheet.append([None if cell == "" else cell for cell in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
