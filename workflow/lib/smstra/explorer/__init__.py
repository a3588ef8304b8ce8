"""The explorer: one page on which a team moves a threshold and sees which towns change type."""
