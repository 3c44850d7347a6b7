"""Named limits of the protocol: what one connection may make the server hold."""

STARTUP_BYTES = 10_000  # a start-up packet (PostgreSQL's own limit)
AUTHENTICATION_BYTES = 65_536  # a message before the client is known
MESSAGE_BYTES = 256 * 1024 * 1024  # one frontend message
READ_BUFFER_BYTES = 1024 * 1024  # unread input before the socket is no longer read
WRITE_BUFFER_BYTES = 256 * 1024  # unsent output before the statement waits for the client
ROW_CHUNK_BYTES = 128 * 1024  # encoded rows handed to the socket at a time (one row may be larger)
COPY_BATCH_ROWS = 8_192  # COPY input rows handed to the session at a time
COPY_BATCH_BYTES = 8 * 1024 * 1024
CANCEL_GRACE_SECONDS = 0.1  # how long a session has to end a cancelled result by itself
EOF_GRACE_SECONDS = 1.0  # how long rows still flow to a client that has closed its side
FAILED_LOGIN_SECONDS = 0.5  # how long the answer to a failed login waits
STARTUP_SECONDS = 60.0  # from connect to a known client
CONNECTIONS = 1_000
NOTIFICATION_BYTES = 1024 * 1024  # of notifications that wait for a client which does not read
REPEATS = 1_000  # executions of one piped INSERT that are run together
PARAMETER_TYPES = 1_000  # lists of them whose forms are kept
KEY_READS = 64  # statements of one connection that the short way remembers, of each kind
WRITERS = 64  # row encoders that a session keeps for the next run
