"""Pages that have to say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kuzuvcs.core.planning.hazard_codes import HAZARD_KINDS, HazardKind
from kuzuvcs.migrations.lexer import parse_script
from kuzuvcs.migrations.lint import lint_script

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "hazards.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^## (KV.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_hazard_has_its_section_and_every_section_is_one() -> None:
    assert [*SECTIONS] == [f"{kind.code} {kind.name}" for kind in HAZARD_KINDS]


@pytest.mark.parametrize("kind", HAZARD_KINDS, ids=lambda kind: kind.code)
def test_a_section_tells_the_severity_and_its_example_has_the_hazard(kind: HazardKind) -> None:
    text = SECTIONS[f"{kind.code} {kind.name}"]
    assert ("**Error.**" in text) is (kind.severity == "error")
    assert ("\nWarning." in text) is (kind.severity == "warning")
    example = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[-1]
    mark = "" if "-- UP\n" in example else "-- UP\n"
    script = parse_script(f"{mark}{example}\n-- DOWN\nRETURN 1;\n", "x")
    assert kind.code in {found.code for found in lint_script(script, Path("x"))}
    assert f"// kuzuvcs:allow {kind.code}" in text or kind.code == "KV701"


def test_codes_and_names_are_used_once() -> None:
    assert len({kind.code for kind in HAZARD_KINDS}) == len(HAZARD_KINDS)
    assert len({kind.name for kind in HAZARD_KINDS}) == len(HAZARD_KINDS)
    assert [kind.code for kind in HAZARD_KINDS] == sorted(kind.code for kind in HAZARD_KINDS)


def test_every_claim_about_security_names_a_test_that_is_there() -> None:
    claims = [
        part for part in re.split(r"\n(?=\*\*)", SECURITY.partition("## A store")[2]) if part[:2] == "**"
    ]
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", SECURITY)
    assert len(claims) > 10
    for claim in claims:
        assert "`tests/" in claim, claim
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
