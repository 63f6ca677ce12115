"""How much is read of a file or a text that may come from a stranger.

What is larger is refused before it is parsed, with an error that names the limit.  docs/limits.md lists
them ("Sizes").  Sizes are in bytes unless the name says otherwise.
"""

from __future__ import annotations

MIB = 1 << 20

MANIFEST = 16 * MIB
"""``manifest.json`` of a version: some 60,000 columns."""
SCHEMA = 8 * MIB
"""``schema.json`` of a version."""
SEQUENCES = 4 * MIB
"""``sequences.json`` of a version."""
HISTORY = 16 * MIB
"""``history/runs.json`` of a version: some 25,000 runs."""
DOCUMENTS = {
    "manifest.json": MANIFEST,
    "schema.json": SCHEMA,
    "sequences.json": SEQUENCES,
    "history/runs.json": HISTORY,
}
"""The documents of a version's tree by path."""

BACKUP_RECORD = 4 * MIB
"""The JSON file beside a backup."""
SUM_FILE = 16 * MIB
"""``kuzuvcs.sum``: some 150,000 scripts."""
SCRIPT = 16 * MIB
"""A migration script, or a callback."""
PROJECT_FILE = 1 * MIB
"""``kuzuvcs.toml`` or ``pyproject.toml``."""
CYPHER_FILE = 64 * MIB
"""A ``.cypher`` file that ``upgrade --check`` reads."""
ENVIRONMENT_RECORD = 1 * MIB
"""The JSON file that describes an installed engine."""

STORE_CONFIG = 64 << 10
"""The ``config`` of a store."""
STORE_ENTRIES = 1_000_000
"""Files and folders in a store's folder.  ``git gc`` packs loose objects."""
STORE_REFS_FILE = 256 * MIB
"""``packed-refs`` of a store."""
GIT_ANSWER = 512 * MIB
"""What one call of git may print."""
GIT_SECONDS = 300
"""How long one call of git that only looks something up may take."""

EXPRESSION_TOKENS = 1_000
"""Names, numbers, strings and symbols in a default or a macro body.

The engine takes 0.1 s for 1,000 terms and 2 s for 4,000.
"""
EXPRESSION_DEPTH = 64
"""Brackets inside brackets in a default or a macro body.  The engine crashes on 1,000."""
EXPRESSION_CHARACTERS = 1 * MIB
"""Characters in a default or a macro body, strings included."""
CONSTANT_VALUES = 10_000
"""Values in a constant default.  The engine takes some 40 kB of memory for each."""

SEQUENCE_CALLS = 4_000_000_000
"""Values that a checkout takes of a version's sequences, all together.

The engine has no other way to move a sequence and keep its START.  100 million take 2 to 3 seconds.
"""

PARQUET_FOOTER = 16 * MIB
"""The footer of a data file."""
PARQUET_PAGE = 256 * MIB
"""One page of a data file, uncompressed.  kuzuvcs writes pages of up to 20 MB."""
PARQUET_ROW_GROUP = 4096 * MIB
"""One row group of a data file, uncompressed.  kuzuvcs writes row groups of about 128 MiB."""
PARQUET_ROWS = 1 << 20
"""Rows of one row group of a data file.  kuzuvcs writes up to 262,144."""
PARQUET_PAGE_VALUES = 1 << 27
"""Values in one page of a data file, NULLs and those inside lists included."""
