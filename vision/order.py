"""The order of rows in a list, kept in a column whose numbers the database holds unique at every moment."""


def move(row, steps, rows, column):
    """Move the row up (-1) or down (1) among the rows of its list; at the list's end it stays where it is."""
    rows = list(rows)
    if row in rows:
        place = rows.index(row)
        rows.insert(max(0, place + steps), rows.pop(place))
        number(rows, column)


def number(rows, column):
    """Number the rows from 1 on, without gaps, in the order given."""
    numbers = [getattr(row, column) for row in rows]
    if numbers == list(range(1, len(rows) + 1)):
        return
    # Numbers are unique at every moment, so the list is first put behind itself.
    for behind in (max(numbers), 0):
        for place, row in enumerate(rows, start=behind + 1):
            type(row)._default_manager.filter(pk=row.pk).update(**{column: place})
