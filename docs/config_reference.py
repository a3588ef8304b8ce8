"""Write config/README.md from the schemas, so that the page says what the checks demand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smstra import strict_yaml

ROOT = Path(__file__).resolve().parents[1]
FILES = (
    ("config", "`config/config.yaml`, and your own file with differences"),
    ("case", "`config/cases/<case>.yaml`"),
    ("dataset", "`config/datasets/<country>.yaml`: each key is a dataset"),
    ("breaks", "`config/breaks.yaml`: each key is a break"),
    (
        "variables",
        "`config/variables.yaml`, if you need variables of your own: each key is a variable",
    ),
    ("sources", "`data/sources.yaml`"),
)
INTRO = """# Configuration

Written from the schemas in `workflow/schemas/` by `python docs/config_reference.py`; do not edit.

- A case is one file, `config/cases/<case>.yaml`; `cases:` in `config/config.yaml` says which are run.
  `snakemake --cores 4 --config cases=be` runs one.
- To change a choice, write a file with the differences and run `snakemake --cores 4 --configfile my.yaml`:

  ```yaml
  overrides:
    be:
      criteria:
        sf_high: {reference: region_median}
  ```

- A case may say `extends: be` and hold only what differs. Blocks are merged, lists and values replaced,
  `null` removes a key.
- A table with figures that the vocabulary (`workflow/internal/variables.yaml`) does not know needs a variable
  of yours in `config/variables.yaml`, in the same form.
- In a study folder, and in a workflow that imports this one, the same files lie in that folder;
  `config/breaks.yaml`,
  `config/refresh.yaml` and `data/sources.yaml` may then be left out ([docs/module.md](../docs/module.md)).
- What was understood is written to `results/<case>/config.resolved.yaml`.
- A key that is not known, a wrong type or an unknown name stops the run before it begins.
"""


def rows(schema: dict[str, Any], root: dict[str, Any], path: str = "") -> list[str]:
    """Return a table line for each key below ``schema``, depth first."""
    schema = resolved(schema, root)
    lines = []
    required = schema.get("required", [])
    for key, raw in schema.get("properties", {}).items():
        if path.endswith(".tables.<name>.") and "$ref" in raw:
            continue  # the same as at the dataset itself
        entry = resolved(raw, root)
        name = f"{path}{key}"
        says = entry.get("description", "")
        values = ", ".join(map(str, entry.get("enum", [])))
        must = "yes" if key in required else ""
        lines.append(
            f"| `{name}` | {must} | {says}{' One of: ' + values + '.' if values else ''} |"
        )
        lines += rows(entry, root, f"{name}.")
        lines += inside(entry, root, name)
    if path.endswith(".tables.<name>."):
        lines.append(
            f"| `{path}...` |  | How it is read: `format`, `columns` and so on, as above. |"
        )
    return lines


def inside(entry: dict[str, Any], root: dict[str, Any], name: str) -> list[str]:
    """Return the lines for what a map or a list holds."""
    lines = []
    if isinstance(entry.get("additionalProperties"), dict):
        lines += rows(entry["additionalProperties"], root, f"{name}.<name>.")
    if isinstance(entry.get("items"), dict):
        lines += rows(entry["items"], root, f"{name}[].")
    return lines


def resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference inside the schema."""
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found
    return schema


def page() -> str:
    """Return the whole page."""
    parts = [INTRO]
    for name, title in FILES:
        schema = strict_yaml.load(ROOT / f"workflow/schemas/{name}.schema.yaml")
        body = rows(schema, schema) or inside(schema, schema, "")
        parts.append(
            "\n".join([f"## {title}", "", "| key | needed | meaning |", "|---|---|---|", *body])
        )
    return "\n\n".join(parts).replace("`.<name>.", "`<name>.") + "\n"


if __name__ == "__main__":
    (ROOT / "config/README.md").write_bytes(page().encode())
