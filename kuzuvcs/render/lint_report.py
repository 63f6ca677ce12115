"""What ``lint`` prints: a line for each finding, in the form that editors and CI systems know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kuzuvcs.render.quantities import counted, number
from kuzuvcs.render.text import EMPTY, Line, Span, Style, indented, line

if TYPE_CHECKING:
    from pathlib import Path

    from kuzuvcs.results import Finding, LintReport


def lint_report(report: LintReport, shown: Callable[[Path], str] = str) -> list[Line]:
    """Every finding that is not allowed, with its statement below it; then what was found in all."""
    lines: list[Line] = []
    for finding in report.findings:
        if not finding.allowed:
            lines.append(_finding(finding, shown))
            lines += indented([line(Span(finding.statement, "faint"))] if finding.statement else [], 4)
    return [*lines, *([EMPTY] if lines else []), _summary(report)]


def lint_errors(report: LintReport, shown: Callable[[Path], str] = str) -> list[Line]:
    """The errors that make ``lint`` fail, a line each."""
    errors = (one for one in report.findings if one.severity == "error" and not one.allowed)
    return [_finding(one, shown) for one in errors]


def _finding(finding: Finding, shown: Callable[[Path], str]) -> Line:
    style: Style = "error" if finding.severity == "error" else "warning"
    place = f"{shown(finding.script)}:{finding.line}: "
    return line(place, Span(f"{finding.code} {finding.severity}", style), f": {finding.text}")


def _summary(report: LintReport) -> Line:
    scripts = counted(len(report.scripts), "script")
    shown = [finding for finding in report.findings if not finding.allowed]
    errors = sum(finding.severity == "error" for finding in shown)
    allowed = len(report.findings) - len(shown)
    parts = [
        *([counted(errors, "error")] if errors else []),
        *([counted(len(shown) - errors, "warning")] if len(shown) > errors else []),
        *([f"{number(allowed)} allowed"] if allowed else []),
    ]
    return line(f"{scripts}: {', '.join(parts) or 'nothing found'}")
