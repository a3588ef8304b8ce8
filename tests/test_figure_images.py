"""The figures of the shipped cases look as they did when somebody last looked at them.

The pictures in ``figures_expected/`` are small copies; ``python tests/test_figure_images.py RESULTS`` makes
them anew from a folder with results, after which each has to be looked at again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.testing.compare import calculate_rms
from PIL import Image

from smstra import figure_rules

EXPECTED = Path(__file__).with_name("figures_expected")
WIDTH = 320  # pixels
COLOURS = 256
# Of 255. Storing few colours alone makes up to 3; a blank strip a twentieth of the height makes 8.
TOLERANCE = 4.0
NAMES = [name for names in figure_rules.FAMILIES.values() for name in names]


def small(path: Path) -> Image.Image:
    """Return a figure as wide as the stored copies."""
    with Image.open(path) as picture:
        height = round(picture.height * WIDTH / picture.width)
        return picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)


def distance(drawn: Path, stored: Path) -> float:
    """Return the root mean square difference of two pictures, of 255; 255 if their sizes differ."""
    one = small(drawn)
    with Image.open(stored) as picture:
        other = picture.convert("RGB")
    if abs(one.height - other.height) > 2:
        return 255.0
    # Signed, for the differences of unsigned bytes would wrap around.
    return float(
        calculate_rms(*(np.asarray(p, dtype=np.int16) for p in (one, other.resize(one.size))))
    )


@pytest.mark.parametrize("case", ["be", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_looks_as_it_did(case: str, name: str, shipped, tmp_path: Path) -> None:
    drawn = shipped / f"results/{case}/figures/{name}.png"
    assert distance(drawn, EXPECTED / case / f"{name}.png") < TOLERANCE


def test_what_moved_or_is_missing_is_seen(shipped, tmp_path: Path) -> None:
    """The comparison itself: a picture with a strip blanked, or moved a little, does not pass."""
    drawn = shipped / "results/be/figures/population_index.png"
    stored = EXPECTED / "be/population_index.png"
    with Image.open(drawn) as picture:
        whole = picture.convert("RGB")
    pixels = np.asarray(whole).copy()
    middle = pixels.shape[0] // 2
    pixels[middle : middle + 60] = 255
    Image.fromarray(pixels).save(tmp_path / "blank.png")
    assert distance(tmp_path / "blank.png", stored) > TOLERANCE
    Image.fromarray(np.roll(np.asarray(whole), 8, axis=0)).save(tmp_path / "moved.png")
    assert distance(tmp_path / "moved.png", stored) > TOLERANCE


def main(results: Path) -> None:
    """Store small copies of all figures of the shipped cases."""
    for case in ("be", "de"):
        (EXPECTED / case).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            copy = small(results / case / f"figures/{name}.png").quantize(
                COLOURS, dither=Image.Dither.NONE
            )
            copy.save(EXPECTED / case / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
