"""The figures: one module a family, one style, the figure's data and alt text beside each."""
