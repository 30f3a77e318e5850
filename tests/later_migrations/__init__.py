"""The migrations of editions with one more, as in a later version."""
