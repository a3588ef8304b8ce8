"""The resolved configuration of a case as the text of config.resolved.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra import strict_yaml

_HEADER = (
    "# The resolved configuration of this case: every value that its results depend on, after\n"
    "# `extends` and `overrides`. Written by the run; change config/, not this file.\n"
)


def text(content: Mapping[str, Any]) -> str:
    """Return ``content``, as :func:`smstra.config.resolved_content` makes it, as YAML with a heading."""
    return _HEADER + strict_yaml.dumps(content)
