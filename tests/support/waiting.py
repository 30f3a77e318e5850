"""Wait for another thread or process."""

import time

import pytest


def wait_until(is_so, seconds=60):
    """Return as soon as ``is_so()``. The test fails if it stays false."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.02)
    pytest.fail(f"it did not come to pass in {seconds} seconds")
