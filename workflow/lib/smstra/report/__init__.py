"""What people open: the workbook and the words around the tables."""
