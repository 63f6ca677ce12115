from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from kuzuvcs.engines.process import processes_reused

# Two cores and process start-ups make single examples slow at times; that is no failure.  Examples are the
# same in every run, so that one that fails is the change's own; `scripts/test --all` draws new ones.
settings.register_profile("steady", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(scope="module", autouse=True)
def processes_of_the_module() -> Iterator[None]:
    """A module's calls share the engine's processes, as one command's do: to start them took half of it."""
    with processes_reused():
        yield
