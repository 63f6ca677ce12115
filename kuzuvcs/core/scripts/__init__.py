"""Migration scripts as values, and the history of their runs."""
