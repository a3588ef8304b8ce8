"""Eurostat: what its dissemination API answers, and its tables in every format as one frame."""
