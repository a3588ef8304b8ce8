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
INK = "#222222"
FAINT = "#6A6A6A"
RULE = "#9A9A9A"
