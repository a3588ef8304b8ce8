"""The stages of a case, each from tables to a table; jobs and a refresh run the same."""
