"""A new country: look at given tables, propose how they are read, write the case, say what is missing."""
