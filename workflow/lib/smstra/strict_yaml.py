"""Read YAML as people mean it: codes and dates stay text, a key twice is an error, no aliases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from smstra.errors import ConfigError

# A configuration is a few kilobytes; anything larger is a wrong or a hostile file.
LARGEST_FILE = 2_000_000
_DEEPEST = 60
# The compiled parser where PyYAML ships it: it reads the same ten times faster, and every
# snakemake call, even one with nothing to do, reads all of the configuration.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_PARSER):
    """PyYAML's safe loader with the YAML 1.2 core meanings of scalars."""

    # PyYAML follows YAML 1.1, in which `no` is false, 02000 is 1024 and 2005-01-01 is a date
    # object; NIS codes, country codes and reference dates must survive as text.
    yaml_implicit_resolvers: ClassVar[dict] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$", "-0123456789"),
):
    _StrictLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first)
    )


def _check_events(text: str, name: str) -> None:
    """Refuse aliases, tags, and blocks nested so deeply that composing them would end the program."""
    depth = 0
    for event in yaml.parse(text, Loader=_PARSER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(
                f"{name}, line {line}: YAML aliases (*name) are not read; write the value out, or use "
                "`extends:` in a case file."
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise ConfigError(
                f"{name}, line {line}: YAML tags (!!name) are not read; write the value without it."
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ConfigError(
                f"{name}, line {line}: blocks are nested too deeply to be read; write at most "
                f"{_DEEPEST} in one another."
            )


def _check(root: yaml.Node | None, name: str) -> None:
    """Refuse keys that are not text, and a key that stands twice in one block."""
    todo = [root] if root is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.SequenceNode):
            todo.extend(reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, _ in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    raise ConfigError(
                        f"{name}, line {line}: a key is a list or a block; write a name as the key."
                    )
                if key.tag != "tag:yaml.org,2002:str":
                    raise ConfigError(
                        f"{name}, line {line}: the key {key.value!r} is not read as text; codes "
                        f'are text, so write it in quotes, "{key.value}".'
                    )
                if key.value in lines:
                    raise ConfigError(
                        f"{name}, line {line}: the key '{key.value}' stands already in line "
                        f"{lines[key.value]} of the same block; keep one of the two."
                    )
                lines[key.value] = line
            todo.extend(value for _, value in reversed(node.value))


def load(path: Path) -> dict[str, Any]:
    """Return the mapping that the YAML file ``path`` holds.

    Raises
    ------
    ConfigError
        The file is missing, too large, not UTF-8, not YAML, not a mapping, has a key twice, a
        key that is a number, or an alias.
    """
    if path.is_dir():
        raise ConfigError(
            f"{path.as_posix()}: this is a folder, where a file is needed; move it away."
        )
    if not path.is_file():
        raise ConfigError(f"{path.as_posix()}: there is no such file; create it or mend the name.")
    raw = path.read_bytes()
    if len(raw) > LARGEST_FILE:
        raise ConfigError(f"{path.as_posix()}: {len(raw):,} bytes are too many for a config file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path.as_posix()}: byte {error.start} is not UTF-8; save the file as UTF-8."
        ) from error
    return loads(text, path.as_posix())


def loads(text: str, name: str) -> dict[str, Any]:
    """Like :func:`load`, from ``text``; ``name`` stands for the file in messages."""
    loader = None
    try:
        _check_events(text, name)
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        _check(node, name)
        data = None if node is None else loader.construct_document(node)
    except ValueError as error:
        # The one plain scalar that is a number by its form and yet cannot be one: it is too long.
        raise ConfigError(
            f"{name}: a number is too long to be read; write a shorter one."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise ConfigError(
            f"{name}{where}: this is not valid YAML ({problem}); mend that line."
        ) from error
    finally:
        if loader is not None:
            loader.dispose()
    if data is None:
        return {}
    if not isinstance(data, dict):
        kind = (
            "a list" if isinstance(data, list) else "text" if isinstance(data, str) else "a value"
        )
        raise ConfigError(f"{name}: found {kind} and no names; write `key: value` lines.")
    return data


class _Dumper(yaml.SafeDumper):
    """Quotes whatever a YAML 1.1 reader could take for something else; indents lists."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dumps(data: Any) -> str:
    """Return ``data`` as YAML, keys in their order, the same text for the same data."""
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )


def ambiguous(path: Path) -> str | None:
    """Return the first plain scalar of a file that other YAML readers take for a number or answer.

    Snakemake reads ``02000`` as 1024 and ``no`` as false; a file that it reads must quote them.
    """
    text = path.read_text(encoding="utf-8-sig")
    elder = yaml.resolver.Resolver()
    for event in yaml.parse(text, Loader=_PARSER):
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
            tag = elder.resolve(yaml.ScalarNode, event.value, (True, False))
            strict = _StrictLoader.yaml_implicit_resolvers
            ours = any(
                pattern.match(event.value)
                for first in (event.value[:1], "")
                for _, pattern in strict.get(first, [])
            )
            if tag.rsplit(":", 1)[1] in ("int", "float", "bool") and not ours:
                return f"line {event.start_mark.line + 1}: {event.value}"
    return None
