"""Where every number comes from, whether it still is what was recorded, and whom it would give away."""
