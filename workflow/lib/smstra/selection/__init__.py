"""Which towns to study: candidates, optimal sets of towns, matched pairs."""
