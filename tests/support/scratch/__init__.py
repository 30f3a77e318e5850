"""An app that adds a text, ``scratch``, to every kind of row before the portal reads the table."""
