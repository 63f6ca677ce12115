from __future__ import annotations

from hypothesis import settings

# Two cores and process start-ups make single examples slow at times; that is no failure.  Examples are the
# same in every run, so that one that fails is the change's own; `scripts/test --all` draws new ones.
settings.register_profile("steady", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("steady")
