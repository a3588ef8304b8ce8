"""Colours and marks of the types: blue improving, orange declining, dark settled before 2014.

The colours hold for readers who see red and green alike (Okabe and Ito, 2008); shapes and outlines
say the same again, so that nothing is told by colour alone.
"""

# type -> (fill, ink that reads on it)
COLOURS = {
    "A": ("#0072B2", "#FFFFFF"),
    "B": ("#56B4E9", "#000000"),
    "C": ("#D55E00", "#FFFFFF"),
    "D": ("#E69F00", "#000000"),
    "mixed": ("#C8C8C8", "#000000"),
    "undetermined": ("#FFFFFF", "#000000"),
}
MARKERS = {"A": "^", "B": "o", "C": "v", "D": "s", "mixed": ".", "undetermined": "x"}
# Areas printed in grey differ by their hatching too.
HATCHES = {"A": "", "B": "....", "C": "\\\\\\\\", "D": "////", "mixed": "", "undetermined": "xxxx"}
# Parts of a whole in a fixed order, from light to dark, so that they stay apart in grey.
PARTS = ("#E4E4E4", "#A6CEE3", "#4F94C4", "#083D77", "#02182F")
# Lines of one panel that are no towns of a type: each with a dash of its own.
DASHES = (
    (0, ()),
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (2.5, 1)),
    (0, (8, 3)),
)
INK = "#222222"
FAINT = "#595959"
RULE = "#9A9A9A"
