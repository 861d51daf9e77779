"""Folding: what a text is once its constants, holes, joins and formats are put together, in a file and across files."""
