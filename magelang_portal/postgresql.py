import psycopg
from psycopg.pq import TransactionStatus

PATIENCE = 6  # seconds; the server itself ends a statement after 5


class Connection(psycopg.Connection):
    """Gives up on a server that hangs and so keeps none of its own limits: TCP alone would wait for it for ever."""

    def wait(self, gen, interval=0.1, timeout=PATIENCE):
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # its answer may still come, to nobody
            raise
