"""Dates with the month in full, and times as the admin shows them to staff: in Magelang's zone, written out."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = r"j F Y, H.i.s \W\I\B"
