"""SQL statements that bypass the portal's code."""

from django.db import connection, transaction

# The columns of an edition except its key.
COLUMNS = (
    "vision_id, period_start, period_end, number, effective_at, note_ind, note_en, file, sha256, "
    "publisher, published_at, missing_english"
)


def run(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
