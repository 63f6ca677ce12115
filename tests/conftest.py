from __future__ import annotations

from hypothesis import settings

# Two cores and process start-ups make single examples slow at times; that is no failure.
settings.register_profile("kuzuvcs", deadline=None, print_blob=True)
settings.load_profile("kuzuvcs")
