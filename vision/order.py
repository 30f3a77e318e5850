"""The order of rows in a list: a column whose numbers are unique at every moment."""

from django.db import transaction


def move(row, steps, rows, column, behind=0):
    """Move the row up (-1) or down (1) among the rows, unless it is at the end.

    The list begins after the number ``behind``.
    """
    rows = list(rows)
    if row in rows:
        place = rows.index(row)
        rows.insert(max(0, place + steps), rows.pop(place))
        number(rows, column, behind)


def move_numbered(row, steps, rows, behind):
    """Move the row among the rows by their ``number``: those up to ``behind`` keep their place."""
    with transaction.atomic(savepoint=False):
        move(row, steps, rows.filter(number__gt=behind).order_by("number"), "number", behind)


def number(rows, column, behind=0):
    """Number the rows without gaps, in the order given: from 1 on, or behind a number."""
    numbers = [getattr(row, column) for row in rows]
    if numbers == list(range(behind + 1, behind + len(rows) + 1)):
        return
    # Numbers are unique at every moment, so all rows first get numbers after the last.
    for start in (max(numbers) + 1, behind + 1):
        for place, row in enumerate(rows, start=start):
            type(row)._default_manager.filter(pk=row.pk).update(**{column: place})
