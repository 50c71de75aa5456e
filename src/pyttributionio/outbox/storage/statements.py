"""Every statement on a shard's database; values are always parameters."""

# ruff: noqa: S608 (what is put together here is names of columns)

from typing import Final

_COLUMNS: Final = "transaction_id, event_key, lane, body, identity, accepted_at"
_STATE: Final = "sent, attempts, last_error"

# Only of its name: a number that is taken, for whatever reason, must not pass for an entry that waits already.
_DUPLICATE: Final = "ON CONFLICT (transaction_id, event_key) DO NOTHING"
ADD: Final = f"INSERT INTO entries (id, {_COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_DUPLICATE}"
WAITS: Final = "SELECT 1 FROM entries WHERE transaction_id = ? AND event_key = ?"
RESTORE: Final = f"""
    INSERT INTO entries (id, {_COLUMNS}, crc, {_STATE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
ENTRIES: Final = f"SELECT id, {_COLUMNS}, crc, {_STATE} FROM entries WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
LANE: Final = f"""
    SELECT id, {_COLUMNS}, crc, {_STATE} FROM entries WHERE id >= ? AND id <= ? AND lane = ? ORDER BY id LIMIT ?
"""
ACKNOWLEDGE: Final = "DELETE FROM entries WHERE id = ?"
RELEASE: Final = "UPDATE entries SET sent = ?, attempts = ?, last_error = ? WHERE id = ?"
OLDEST: Final = "SELECT id, LENGTH(body) + COALESCE(LENGTH(identity), 0) FROM entries ORDER BY id"
DROP_THROUGH: Final = "DELETE FROM entries WHERE id <= ?"
EXPIRED: Final = "SELECT id FROM entries WHERE accepted_at < ? ORDER BY id LIMIT 1000"

ENTRY_COLUMNS: Final = 11
DEAD_COLUMNS: Final = 15

_BURIAL: Final = "reason, status, answer, buried_at"
BURY: Final = f"""
    INSERT INTO dead ({_COLUMNS}, crc, {_STATE}, {_BURIAL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
BURY_STORED: Final = f"""
    INSERT INTO dead ({_COLUMNS}, crc, {_STATE}, {_BURIAL})
    SELECT {_COLUMNS}, crc, {_STATE}, ?, ?, ?, ? FROM entries WHERE id = ?
"""
DEAD: Final = f"SELECT id, {_COLUMNS}, crc, {_STATE}, {_BURIAL} FROM dead WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
REVIVE: Final = f"""
    INSERT INTO entries (id, {_COLUMNS}, crc, {_STATE})
    SELECT ?, {_COLUMNS}, crc, {_STATE} FROM dead WHERE id = ? {_DUPLICATE}
"""
FORGET_DEAD: Final = "DELETE FROM dead WHERE id = ?"

COUNTS: Final = "SELECT (SELECT COUNT(*) FROM entries), (SELECT COUNT(*) FROM dead)"
NEWEST: Final = "SELECT COALESCE(MAX(id), 0) FROM entries"
OLDEST_ACCEPTED: Final = "SELECT accepted_at FROM entries ORDER BY id LIMIT 1"
SIZE: Final = """
    SELECT page_count * page_size, freelist_count * page_size
    FROM pragma_page_count, pragma_page_size, pragma_freelist_count
"""
# From the index alone, which has the number of every row and other pages than the rows.
NUMBERS: Final = "SELECT id FROM entries INDEXED BY entries_by_transaction WHERE transaction_id > ''"
