"""Dates the British way, and times in Magelang's zone, which is written out."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = r"j F Y, H:i:s \W\I\B"
