import psycopg
from psycopg.pq import TransactionStatus

PATIENCE = 6  # seconds; the server itself ends a statement after 5


class Connection(psycopg.Connection):
    """Gives up on a server that hangs: it enforces none of its timeouts, and TCP waits for ever."""

    def wait(self, gen, interval=0.1, timeout=PATIENCE):
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # a late answer would be taken for that of the next statement
            raise
