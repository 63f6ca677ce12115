"""The command line: arguments in, text or JSON out, and nothing else."""

from __future__ import annotations

from kuzuvcs.cli.app import main

__all__ = ["main"]
