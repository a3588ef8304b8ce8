"""What a page is made of: paragraphs, lists, tables, pictures; the templates give them their tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Text:
    """A paragraph; ``tone`` is ``""``, ``lead`` or ``note``."""

    words: str
    tone: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section, with a name that a link can lead to."""

    words: str
    name: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    words: Sequence[str]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Mark:
    """A cell that holds a type of towns; shown in its colour, and said in its letter or word."""

    type: str
    words: str


@dataclass(frozen=True)
class Address:
    """A cell or entry that leads somewhere; what it says is printed, and so is the address."""

    words: str
    href: str


Cell = str | Mark | Address


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its heading.

    ``numbers`` are the positions of columns that hold numbers, ``codes`` of those that hold codes, which
    may be broken anywhere. The caption also names the frame that scrolls where the table is wider than the
    page, so no two tables of a page may bear the same.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int] = frozenset()
    codes: frozenset[int] = field(default=frozenset(), kw_only=True)
    foot: Sequence[Cell] = field(default=(), kw_only=True)
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """A figure: the address that holds it, the words instead of it, what is said below it.

    ``told`` is what the picture itself says in letters, for those who do not see it.
    """

    address: str
    alt: str
    told: str
    caption: str
    name: str
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Code:
    """Commands or configuration, as they are typed."""

    words: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Links:
    """A list of addresses."""

    entries: Sequence[Address]
    kind: ClassVar[str] = "links"


@dataclass(frozen=True)
class Foreign:
    """Sentences that the run writes in English, on a page that may be in another language."""

    words: Sequence[str]
    kind: ClassVar[str] = "foreign"


@dataclass(frozen=True)
class Fold:
    """Parts that a reader opens; a page that is printed says only that they are there."""

    summary: str
    parts: Sequence[Part]
    kind: ClassVar[str] = "fold"


@dataclass(frozen=True)
class Together:
    """Parts that stay on one sheet of paper, as a heading and what it is of."""

    parts: Sequence[Part]
    kind: ClassVar[str] = "together"


Part = Text | Heading | Items | Table | Picture | Code | Links | Foreign | Fold | Together


@dataclass(frozen=True)
class Section:
    """A section of a page: its heading, the name in its address, its parts."""

    name: str
    title: str
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """A figure of the case as the report takes it: its words, and the address that holds the picture.

    ``missing`` says that the picture only says what is missing; the report then lists its words.
    """

    name: str
    family: str
    title: str
    subtitle: str
    source: str
    alt: str
    missing: bool
    address: str = ""
