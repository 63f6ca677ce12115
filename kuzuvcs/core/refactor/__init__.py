"""Refactorings: declared changes of a graph's shape that move its rows, computed from a schema alone."""
