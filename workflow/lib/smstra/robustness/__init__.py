"""How sure is a type: other choices, thresholds, errors of measurement, and what drives the result."""
