"""The figures of the typology, in their order."""

from __future__ import annotations

from smstra.figures.cells import cells
from smstra.figures.probabilities import probabilities
from smstra.figures.quadrants import quadrants
from smstra.figures.scheme_strip import scheme_strip
from smstra.figures.type_map import type_map

FIGURES = {
    "quadrants": quadrants,
    "map": type_map,
    "scheme_strip": scheme_strip,
    "cells": cells,
    "probabilities": probabilities,
}
