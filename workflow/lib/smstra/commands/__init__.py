"""The verbs of the command `smstra` that need more than a few lines: one module each."""
