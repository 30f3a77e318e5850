"""The editions' migrations with one more, as a later version may bring it."""
