"""Every named limit with its default. Bounded queues and batches are what keeps memory bounded (P7)."""

import os

STEP_ROWS = int(os.environ.get("SABOT_STEP_ROWS", "131072"))  # rows of an input that one step takes
SOURCE_QUEUE_ROWS = 262_144  # rows waiting between a source's thread and the engine
BACKFILL_ROWS = 16_384  # rows that a backfill feeds at a time
INLINE_BACKFILL_ROWS = 20_000  # backfills up to this size run inside the creating statement's epoch
INLINE_READ_ROWS = 5_000  # one-shot reads up to this size run on the event loop
LONG_STEP_ROWS = 10_000  # others read beside steps that change so many
LOOKUP_KEYS = 1_000  # by so many keys at most a read looks rows up
LOOKUP_SCAN_ROWS = int(os.environ.get("SABOT_LOOKUP_SCAN_ROWS", "1000"))  # a join goes through smaller relations instead
LOOKUP_PART = 16  # a read that would look up a larger part of a relation than one of so many goes through all,
LOOKUP_ROWS = 100_000  # and so does one that would look up more rows
INLINE_JOINED_ROWS = 1_000_000  # so many rows a join may make of them there
GROUP_COMMIT_COMMANDS = 256  # commands that share one log write and one epoch
DELTA_BYTES = 2_048  # that one change waiting for a subscriber is counted with besides its rows
PIECE_ROWS = 65_536  # rows of a one-shot read that operators hand on at a time
HELD_ROWS = 100_000_000  # rows that an operator of a one-shot read holds at once
RESULT_BATCH_ROWS = 8_192  # rows per batch handed to the protocol
RESULT_BATCH_BYTES = 1024 * 1024  # the same in bytes, about (one row may be larger)
RESULT_MEMORY_MB = 64  # default of what all results that wait for their readers hold in memory
RESULT_AHEAD_MB = int(os.environ.get("SABOT_RESULT_AHEAD_MB", "1024"))  # of one result on disk before its reader is waited for
CHECKPOINT_INTERVAL_SECONDS = float(os.environ.get("SABOT_CHECKPOINT_SECONDS", "1"))  # 0: after every step
CONNECTOR_STOP_SECONDS = 2.0  # that a stopping server waits for the threads of its sources, then of its sinks
TICK_SECONDS = 0.25  # how often views over now() move when nothing else happens
SOURCE_SELECT_ROWS = 50_000_000  # rows that a one-shot SELECT reads from a source
PROJECT_SET_ROWS = 50_000_000  # rows that set-returning functions give in one step, in a one-shot read for one row
FREE_MEMORY_MB = 24  # by so much, and an eighth, the process grows before its free memory is given back to the system
GIVE_BACK_SECONDS = 10.0  # how often that is looked at
ERROR_ROWS = 100_000  # row errors kept per job
PYTHON_FRAMES = 8_000  # that parsing and planning may nest: about 300 calls in one another, 1,000 operators in a row
CURSORS_PER_SESSION = 256
PREPARED_PER_SESSION = 10_000
RECURSION_ROUNDS = 1_000_000  # rounds of one recursive query
RECURSION_ROWS = 10_000_000  # rows of one recursive query
VIEW_RECURSION_ROUNDS = 100_000  # rounds of a recursive view: some seconds in which others wait
