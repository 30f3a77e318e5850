"""Times as the admin shows them to staff: in Magelang's zone, which is written out."""

DATETIME_FORMAT = r"j F Y, H.i.s \W\I\B"
