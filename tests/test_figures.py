"""What all figures have in common: words inside the paper, labels that can be read, files that tell all."""

from __future__ import annotations

import itertools
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Patch

from smstra import csvio
from smstra.figures import findings, palette, style
from smstra.language import Language
from smstra.outcomes import TYPES


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def grey(colour):
    """Return the luminance of a colour as a printer without colours has it (ITU-R BT.601)."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_long_words_stay_inside_the_figure():
    figure, _ = style.start()
    long = "a title that goes on and on " * 8
    style.dress(figure, style.Caption(long, long * 2, long, "alt"))
    figure.canvas.draw()
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= 0
        assert box.y1 <= figure.bbox.y1


def test_the_figure_grows_by_its_words_and_keeps_its_panels():
    heights = []
    for title in ("Short", "a title that goes on and on " * 12):
        figure, axes = style.start(2.0)
        style.dress(figure, style.Caption(title, "s", "q", "a"), [Patch(label="one")])
        heights.append(axes.get_position().height * figure.get_figheight())
    assert heights[0] == pytest.approx(heights[1], abs=0.02)


def test_a_text_is_broken_and_cut_by_its_width_in_print():
    wide, narrow = "W" * 20, "i" * 20
    assert style.width_of(wide, 8) > 3 * style.width_of(narrow, 8)
    cut = style.shorten(wide, 8, 1.0)
    assert cut.endswith("…")
    assert 0.8 < style.width_of(cut, 8) <= 1.0
    assert style.shorten(narrow, 8, 1.0) == narrow
    lines = style.wrap("one two three four five six", 8, room=0.8).split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == "one two three four five six"
    assert all(style.width_of(line, 8) <= 0.8 for line in lines)


def test_a_word_wider_than_the_paper_is_broken():
    word = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    lines = style.wrap(f"The town {word} grew", 11, "bold", room=2.0).split("\n")
    assert all(style.width_of(line, 11, "bold") <= 2.0 for line in lines)
    assert "".join(lines).replace(" ", "") == f"Thetown{word}grew"


@pytest.mark.parametrize("name", ["A $_$ B", r"a $\foo$", "US$ per US$"])
def test_a_name_with_dollar_signs_is_no_formula(name, tmp_path):
    figure, axes = style.start()
    text = axes.set_title(name)
    style.dress(figure, style.Caption(name, name, name, name))
    figure.savefig(tmp_path / "name.png", dpi=40)
    assert text.get_text() == name
    assert not text.get_parse_math()


def test_changes_that_read_alike_are_said_alike():
    changes = [findings.Change(n, 0.0, a, a) for n, a in (("X", 0.54), ("Y", 0.46), ("Z", 0.04))]
    say = Language("en")

    def of(which):
        return findings.headline(
            say, "It", which, None, "2005", "2014", lambda amount: say.signed(amount, 1)
        )

    assert of(changes[:2]) == "It rose in X and Y (+0.5) from 2005 to 2014"
    assert of(changes) == "It rose most in X and Y (+0.5) and stayed level in Z, 2005 to 2014"


def overlapping(axes):
    """Return whether two labels of ``axes`` (without their leader lines) lie on each other."""
    boxes = [plt.Text.get_window_extent(text) for text in axes.texts]
    return any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_labels_of_neighbours_do_not_lie_on_each_other():
    figure, axes = style.start()
    points = [(0.5, 0.5), (0.51, 0.5), (0.5, 0.51), (0.9, 0.9)]
    axes.plot(*zip(*points, strict=True), "o")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    style.label_points(axes, ["First town", "Second town", "Third", "Fourth town"], points, points)
    figure.canvas.draw()
    assert not overlapping(axes)
    assert all(plt.Text.get_window_extent(t).x1 <= axes.bbox.x1 + 1 for t in axes.texts)


def test_a_label_goes_where_it_hides_no_mark():
    figure, axes = style.start(3.0, 1, 2)
    axes = axes[0]
    rng = np.random.default_rng(7)
    crowd = [*zip(rng.uniform(0.3, 0.7, 400), rng.uniform(0.0, 0.5, 400), strict=True)]
    points = crowd[:3]
    axes.plot(*zip(*crowd, strict=True), "o")
    axes.set(xlim=(0, 1), ylim=(-0.1, 1.2))
    style.label_points(axes, ["A town of many words", "Another such town", "C"], points, crowd)
    figure.canvas.draw()
    marks = axes.transData.transform(crowd)
    for text in axes.texts:
        box = plt.Text.get_window_extent(text)
        assert box.x0 >= axes.bbox.x0
        assert box.x1 <= axes.bbox.x1 + 1
        assert ((marks > box.min) & (marks < box.max)).all(axis=1).sum() <= 3
    assert not overlapping(axes)


def test_labels_at_the_ends_of_lines_keep_their_distance():
    places = style.spread_labels([5.0, 5.1, 4.9, 9.0], 1.0)
    ordered = sorted(places)
    assert all(high - low >= 1 - 1e-6 for low, high in itertools.pairwise(ordered))
    assert sorted(range(4), key=lambda n: places[n]) == [2, 0, 1, 3]


@pytest.mark.parametrize(
    ("code", "limits", "ticks"),
    [
        ("en", (0, 4000), ["0", "1,000"]),
        ("fr", (0, 1), ["0,0", "0,2"]),
        ("de", (-2, 2), ["−2", "−1"]),
    ],
)
def test_ticks_are_written_as_the_language_does(code, limits, ticks):
    figure, axes = style.start()
    axes.set_xlim(limits)
    axes.set_xticks(np.linspace(*limits, 6 if code == "fr" else 5))
    style.numbered(axes.xaxis, Language(code))
    figure.canvas.draw()
    assert [label.get_text() for label in axes.get_xticklabels()][:2] == ticks


def test_the_types_differ_in_grey_print():
    for one, other in itertools.combinations(TYPES, 2):
        fills = [grey(palette.COLOURS[type_][0]) for type_ in (one, other)]
        assert palette.MARKERS[one] != palette.MARKERS[other]
        apart = abs(fills[0] - fills[1]) > 0.2
        assert apart or palette.HATCHES[one] != palette.HATCHES[other], (one, other)
    for fill, ink in palette.COLOURS.values():
        assert abs(grey(fill) - grey(ink)) > 0.4


def test_a_figure_is_written_with_its_data_and_its_words(tmp_path):
    figure, axes = style.start(1.0)
    axes.plot([1, 2], [3, 4])
    words = style.Caption("Title", "Subtitle", "Source: x.", "Line chart.")
    style.dress(figure, words)
    data = pd.DataFrame({"unit": ["01", "02"], "value": [3.0, float("nan")]})
    drawing = style.Drawing("name", words, data, figure)
    style.save(drawing, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"name.{form}" for form in ("png", "svg", "pdf", "csv", "md")
    }
    pd.testing.assert_frame_equal(csvio.read(tmp_path / "name.csv"), data, check_dtype=False)
    text = (tmp_path / "name.md").read_text(encoding="utf-8")
    assert text == "# Title\n\nSubtitle\n\nAlt text: Line chart.\n\nSource: x.\n"
    style.write_list([drawing], tmp_path / "list.json")
    (entry,) = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    assert entry == {
        "name": "name",
        "title": "Title",
        "subtitle": "Subtitle",
        "source": "Source: x.",
        "alt": "Line chart.",
        "missing": False,
    }


def test_a_figure_of_nothing_says_what_is_missing_and_shows_no_axes():
    words = style.Caption("Nothing to draw", "No unit has a value.", "", "Nothing to draw.")
    drawing = style.nothing_to_draw("name", words)
    assert drawing.missing
    assert not any(axes.axison for axes in drawing.figure.axes)
    assert {"Nothing to draw", "No unit has a value."} <= {
        t.get_text() for t in drawing.figure.texts
    }
    assert list(drawing.data["missing"]) == ["No unit has a value."]
