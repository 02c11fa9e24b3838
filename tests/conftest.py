"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run: a test that fails must fail again. The long proofs (-m soak) choose their own.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")
