"""DuckDB's word on the Parquet files: their counts and values, what differs, and how much is the same.

This is a layer above :mod:`kuzuvcs.columns`: a content digest is defined there once, while the reading
that it is checked by, DuckDB's, has nothing to do with the writing.
"""

from __future__ import annotations

from kuzuvcs.verify.differences import Difference, Differences, compare_files
from kuzuvcs.verify.files import FileChecker, check_file
from kuzuvcs.verify.overlap import ColumnOverlap, Overlap, measure_equal

__all__ = [
    "ColumnOverlap",
    "Difference",
    "Differences",
    "FileChecker",
    "Overlap",
    "check_file",
    "compare_files",
    "measure_equal",
]
