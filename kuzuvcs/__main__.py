"""``python -m kuzuvcs``."""

from __future__ import annotations

from kuzuvcs.cli import main

if __name__ == "__main__":
    main()
