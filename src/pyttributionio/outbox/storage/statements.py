"""All SQL statements on a shard's database. Values are always parameters."""

# ruff: noqa: S608 (only names of columns are put together here)

from typing import Final

_COLUMNS: Final = "transaction_id, event_key, visitor_id, body, identity, accepted_at"
_PROGRESS: Final = "delivered_requests, attempts, last_error"
_REASON: Final = "cause, status, answer, dead_lettered_at"
ENTRY_COLUMNS: Final = 11
DEAD_COLUMNS: Final = 15

# The conflict names its columns: a number that is in use must not count as an entry that waits already.
_DUPLICATE: Final = "ON CONFLICT (transaction_id, event_key) DO NOTHING"
ADD: Final = f"INSERT INTO entries (id, {_COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_DUPLICATE}"
WAITS: Final = "SELECT 1 FROM entries WHERE transaction_id = ? AND event_key = ?"
RESTORE: Final = f"""
    INSERT INTO entries (id, {_COLUMNS}, crc, {_PROGRESS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
# `*`: a file of version 1 has other names for some columns, in the same order. Read-only access can't migrate it.
ENTRIES: Final = "SELECT * FROM entries WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
ENTRIES_OF_VISITOR: Final = "SELECT * FROM entries WHERE id >= ? AND id <= ? AND visitor_id = ? ORDER BY id LIMIT ?"
DELETE: Final = "DELETE FROM entries WHERE id = ?"
RELEASE: Final = """
    UPDATE entries SET delivered_requests = ?1, crc = (crc & 4294967295) | (?1 << 32), attempts = ?2, last_error = ?3
    WHERE id = ?4
"""
OLDEST: Final = "SELECT id, COALESCE(LENGTH(body), 0) + COALESCE(LENGTH(identity), 0) FROM entries ORDER BY id"
DROP_THROUGH: Final = "DELETE FROM entries WHERE id <= ?"
DROP_AFTER: Final = "DELETE FROM entries WHERE id > ?"
EXPIRED: Final = "SELECT id FROM entries WHERE accepted_at >= ? AND accepted_at < ? ORDER BY id LIMIT 1000"

ADD_DEAD: Final = f"""
    INSERT INTO dead ({_COLUMNS}, crc, {_PROGRESS}, {_REASON}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
EXPIRE: Final = f"""
    INSERT INTO dead ({_COLUMNS}, crc, {_PROGRESS}, {_REASON})
    SELECT {_COLUMNS}, crc, {_PROGRESS}, ?, ?, ?, ? FROM entries WHERE id = ?
"""
DEAD: Final = "SELECT * FROM dead WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
REQUEUE: Final = f"""
    INSERT INTO entries (id, {_COLUMNS}, crc, {_PROGRESS})
    SELECT ?, {_COLUMNS}, crc, {_PROGRESS} FROM dead WHERE id = ? {_DUPLICATE}
"""
DELETE_DEAD: Final = "DELETE FROM dead WHERE id = ?"

LAST: Final = 2**62
"""A number above every row id."""
HIGHEST: Final = 2**61
"""The highest number that a row may have. A higher one is damage: there would be no numbers left for new rows."""
COUNTS: Final = "SELECT (SELECT COUNT(*) FROM entries), (SELECT COUNT(*) FROM dead)"
NEWEST: Final = "SELECT COALESCE(MAX(id), 0) FROM entries"
FIRST_TIME: Final = -62_135_596_800
LAST_TIME: Final = 253_402_300_799
"""The first and the last second of the calendar, years 1 to 9999. A damaged row may have any number."""
OLDEST_ACCEPTED: Final = f"""
    SELECT accepted_at FROM entries
    WHERE TYPEOF(accepted_at) IN ('real', 'integer') AND accepted_at BETWEEN {FIRST_TIME} AND {LAST_TIME}
    ORDER BY id LIMIT 1
"""
SIZE: Final = """
    SELECT page_count * page_size, freelist_count * page_size
    FROM pragma_page_count, pragma_page_size, pragma_freelist_count
"""
# The index has the number and the name of each row, and stands on other pages than the rows.
INDEXED: Final = """
    SELECT id, transaction_id, event_key FROM entries INDEXED BY entries_by_transaction ORDER BY transaction_id
"""
NUMBERS: Final = "SELECT id FROM entries NOT INDEXED ORDER BY id"
DEAD_NUMBERS: Final = "SELECT id FROM dead ORDER BY id"
AGREES: Final = """
    SELECT (SELECT COUNT(*) FROM entries NOT INDEXED)
         = (SELECT COUNT(*) FROM entries INDEXED BY entries_by_transaction)
"""
RANGE: Final = """
    SELECT MIN(low), MAX(high) FROM (
        SELECT COALESCE(MIN(id), 1) AS low, COALESCE(MAX(id), 1) AS high FROM entries NOT INDEXED
        UNION ALL SELECT COALESCE(MIN(id), 1), COALESCE(MAX(id), 1) FROM dead
        UNION ALL SELECT 1, COALESCE(MAX(CAST(seq AS INTEGER)), 1) FROM sqlite_sequence
    )
"""
