class Unusable(Exception):
    """A backup cannot be made or used; the message has the reason and the next step."""


class Damaged(Unusable):
    """The database itself is damaged."""
