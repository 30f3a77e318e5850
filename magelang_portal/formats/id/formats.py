"""Dates with the month in full; times, which only staff see, with Magelang's zone."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = r"j F Y, H.i.s \W\I\B"
