class Unusable(Exception):
    """A backup cannot be made or used; the message says why, and what to do."""


class Damaged(Unusable):
    """The database itself is damaged."""
