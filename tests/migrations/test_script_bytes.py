"""A script is the one that ran, whatever its line endings, and whether or not it was proven again."""

from __future__ import annotations

import hashlib

from kuzuvcs.core.scripts.proof import checksum_of
from kuzuvcs.migrations.script_bytes import run_checksum

TEXT = b"// id: x\n// proof: up\n\n-- UP\nRETURN 1;\n-- DOWN\n"
CRLF = TEXT.replace(b"\n", b"\r\n")


def test_every_sum_that_a_history_may_have_is_of_the_script() -> None:
    recorded = {
        *map(checksum_of, (TEXT, CRLF)),
        *(hashlib.sha256(one).hexdigest() for one in (TEXT, CRLF)),
    }
    assert len(recorded) == 4
    for content in (TEXT, CRLF):
        assert run_checksum(content).value == checksum_of(TEXT)
        assert all(run_checksum(content).accepts(one) for one in recorded)
        assert run_checksum(content.replace(b"proof: up", b"proof: up and down")).accepts(checksum_of(CRLF))
        assert not any(run_checksum(content + b"RETURN 2;").accepts(one) for one in recorded)


def test_a_lone_crlf_is_part_of_the_text() -> None:
    mixed = TEXT.replace(b"RETURN 1", b"RETURN '\r\n'")
    assert run_checksum(mixed).value == checksum_of(mixed)
    assert not run_checksum(mixed).accepts(run_checksum(mixed.replace(b"\r\n", b"\n")).value)
