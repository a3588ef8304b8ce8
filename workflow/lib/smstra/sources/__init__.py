"""Readers: from the text of a snapshot, as its dataset is described, to the project's tables."""
