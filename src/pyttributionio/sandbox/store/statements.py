"""The SQL statements, except those that create the tables; values are always parameters."""

from pyttributionio.sandbox.store.documents import SEPARATOR

NEXT_IDS = {
    table: f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}"  # noqa: S608 - constants
    for table in ("identities", "events", "pageviews")
}
FIND_IDENTITY = """
    SELECT document FROM identities WHERE account = ? AND client_id = ? AND aliases = ?
"""
ADD_CUSTOMER = "INSERT OR IGNORE INTO customers (account, client_id) VALUES (?, ?)"
ADD_IDENTITY = """
    INSERT INTO identities (id, account, client_id, aliases, created_at, document)
    VALUES (?, ?, ?, ?, ?, ?)
"""
ADD_CUSTOMER_ALIAS = """
    INSERT OR IGNORE INTO customer_aliases (account, client_id, alias) VALUES (?, ?, ?)
"""
FIND_EVENT = "SELECT document FROM events WHERE account = :account AND transaction_id = :transaction_id"
ADD_EVENT = """
    INSERT INTO events (id, account, client_id, transaction_id, created_at, document)
    VALUES (?, ?, ?, ?, ?, ?)
"""
ADD_EVENT_ALIAS = "INSERT INTO event_aliases (account, alias, created_at, event_id) VALUES (?, ?, ?, ?)"
ADD_PAGEVIEW = "INSERT INTO pageviews (account, alias, created_at, id, origin) VALUES (?, ?, ?, ?, ?)"
ADD_TOUCHPOINT = """
    INSERT INTO touchpoints (account, alias, created_at, id, origin, document) VALUES (?, ?, ?, ?, ?, ?)
"""
FIND_TOUCHPOINT = """
    SELECT id FROM touchpoints
    WHERE account = :account AND alias = :alias AND created_at = :created_at AND id = :id
"""
DELETE_TOUCHPOINT = """
    DELETE FROM touchpoints
    WHERE account = :account AND alias = :alias AND created_at = :created_at AND id = :id
"""
# The session before a pageview: the time of the last pageview in it, and the origin of the one that started it.
SESSION_BEFORE = """
    SELECT created_at, (
        SELECT origin FROM touchpoints
        WHERE account = :account AND alias = :alias AND (created_at, id) < (:created_at, :id)
        ORDER BY created_at DESC, id DESC LIMIT 1
    )
    FROM pageviews
    WHERE account = :account AND alias = :alias AND (created_at, id) < (:created_at, :id)
    ORDER BY created_at DESC, id DESC LIMIT 1
"""
NEXT_PAGEVIEW = """
    SELECT id, alias, created_at, origin FROM pageviews
    WHERE account = :account AND alias = :alias AND created_at > :created_at
    ORDER BY created_at, id LIMIT 1
"""
# INDEXED BY, because SQLite would choose the table, and read all the pageviews without an origin.
NEXT_PAGEVIEW_WITH_ORIGIN = """
    SELECT id, alias, created_at, origin FROM pageviews INDEXED BY pageviews_with_origin
    WHERE account = :account AND alias = :alias AND (created_at, id) > (:created_at, :id) AND origin IS NOT NULL
    ORDER BY created_at, id LIMIT 1
"""
FIRST_BLOCK = """
    SELECT first_at, first_id, documents FROM pageview_blocks
    WHERE account = :account AND alias = :alias
    ORDER BY first_at, first_id LIMIT 1
"""
BLOCK_BEFORE = """
    SELECT first_at, first_id, documents FROM pageview_blocks
    WHERE account = :account AND alias = :alias AND (first_at, first_id) <= (:created_at, :id)
    ORDER BY first_at DESC, first_id DESC LIMIT 1
"""
NEXT_BLOCK = """
    SELECT first_at, first_id FROM pageview_blocks
    WHERE account = :account AND alias = :alias AND (first_at, first_id) > (:created_at, :id)
    ORDER BY first_at, first_id LIMIT 1
"""
DELETE_BLOCK = """
    DELETE FROM pageview_blocks
    WHERE account = :account AND alias = :alias AND first_at = :created_at AND first_id = :id
"""
EXTEND_LAST_BLOCK = """
    UPDATE pageview_blocks SET documents = documents || :more
    WHERE account = :account AND alias = :alias AND (first_at, first_id) = (
        SELECT first_at, first_id FROM pageview_blocks
        WHERE account = :account AND alias = :alias
        ORDER BY first_at DESC, first_id DESC LIMIT 1
    ) AND length(documents) + length(:more) <= :longest
"""
ADD_BLOCK = "INSERT INTO pageview_blocks (account, alias, first_at, first_id, documents) VALUES (?, ?, ?, ?, ?)"

FIND_CUSTOMER = "SELECT id FROM customers WHERE account = :account AND client_id = :client_id"
ALIASES_OF = """
    SELECT alias FROM customer_aliases
    WHERE account = :account AND client_id = :client_id
    ORDER BY alias LIMIT :limit
"""


def _joined(documents: str) -> str:
    # group_concat keeps the order of the inner query; its own ORDER BY needs SQLite 3.44.
    # A BLOB, so that the result is bytes for the answer, and no Python object is made for each document.
    return f"SELECT CAST(group_concat(document, '{SEPARATOR}') AS BLOB) FROM ({documents})"  # noqa: S608 - constants


IDENTITIES_OF = _joined("""
    SELECT document FROM identities
    WHERE account = :account AND client_id = :client_id
    ORDER BY created_at, id
""")
# CROSS JOIN fixes the order of the joins: from the few aliases to the large tables.
# Ids first, because an event may have the client id and very many of the aliases: its document is read once.
_EVENT_IDS = """
    SELECT id FROM events
    WHERE account = :account AND client_id = :client_id
    UNION
    SELECT event_id FROM customer_aliases AS own
    CROSS JOIN event_aliases USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
"""
EVENTS_OF = _joined(f"SELECT document FROM events WHERE id IN ({_EVENT_IDS}) ORDER BY created_at, id")  # noqa: S608
TOUCHPOINTS_OF = _joined("""
    SELECT document FROM customer_aliases AS own
    CROSS JOIN touchpoints USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
    ORDER BY created_at, touchpoints.id
""")
COLLECTIONS = {"identities": IDENTITIES_OF, "events": EVENTS_OF, "touchpoints": TOUCHPOINTS_OF}
"""How a customer's collections are read, except the pageviews, which are in blocks."""
# The blocks of one alias have the order of time; those of several aliases are merged in Python.
BLOCKS_OF_ALIAS = _joined("""
    SELECT documents AS document FROM pageview_blocks
    WHERE account = :account AND alias = :alias
    ORDER BY first_at, first_id
""")
BLOCKS_OF_CUSTOMER = """
    SELECT documents FROM customer_aliases AS own
    CROSS JOIN pageview_blocks USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
"""
RECORD_SPAN = """
    SELECT MIN(created_at), MAX(created_at) FROM identities
    WHERE account = :account AND client_id = :client_id
"""
# Two look-ups for each alias, of the first and the last time; reading all the times between them would be slow.
_FIRST_OR_LAST = """
    SELECT aliases.client_id, (
        SELECT {function}(created_at) FROM {table} WHERE account = aliases.account AND alias = aliases.alias
    ) AS created_at FROM aliases
"""
_TIMES_OF_ALIASES = " UNION ALL ".join(
    _FIRST_OR_LAST.format(function=function, table=table)
    for table in ("event_aliases", "pageviews")
    for function in ("MIN", "MAX")
)
SEEN_SPAN = f"""
    WITH aliases AS (SELECT * FROM customer_aliases WHERE account = :account AND client_id = :client_id)
    SELECT MIN(created_at), MAX(created_at) FROM (
        SELECT client_id, created_at FROM identities
        WHERE account = :account AND client_id = :client_id
        UNION ALL
        SELECT client_id, MIN(created_at) FROM events
        WHERE account = :account AND client_id = :client_id
        UNION ALL
        SELECT client_id, MAX(created_at) FROM events
        WHERE account = :account AND client_id = :client_id
        UNION ALL
        {_TIMES_OF_ALIASES}
    )
"""  # noqa: S608 - constants

_MATCHING = """
    SELECT id, account, client_id FROM customers
    WHERE account = :account AND (
        instr(folded(client_id), :search) OR EXISTS (
            SELECT * FROM customer_aliases AS own
            WHERE own.account = customers.account AND own.client_id = customers.client_id
            AND instr(folded(own.alias), :search)
        )
    )
"""
CLIENT_IDS = f"SELECT client_id FROM ({_MATCHING}) ORDER BY id"  # noqa: S608 - constants
COUNT_CUSTOMERS = f"SELECT COUNT(*) FROM ({_MATCHING})"  # noqa: S608 - constants
FIND_CUSTOMERS = f"""
    WITH matching AS ({_MATCHING}),
    aliases AS (SELECT account, client_id, alias FROM matching CROSS JOIN customer_aliases USING (account, client_id)),
    seen AS (
        SELECT client_id, created_at FROM matching CROSS JOIN identities USING (account, client_id)
        UNION ALL
        SELECT client_id, created_at FROM matching CROSS JOIN events USING (account, client_id)
        UNION ALL
        {_TIMES_OF_ALIASES}
    )
    SELECT client_id, MIN(created_at), MAX(created_at) FROM seen
    GROUP BY client_id
    ORDER BY MAX(created_at) DESC, client_id
    LIMIT :limit OFFSET :offset
"""  # noqa: S608 - constants
# The numbers of a customer's pageviews, events and identities.
COUNT_ITEMS = f"""
    SELECT (
        SELECT COUNT(*) FROM customer_aliases AS own
        CROSS JOIN pageviews USING (account, alias)
        WHERE own.account = :account AND own.client_id = :client_id
    ), (
        SELECT COUNT(*) FROM ({_EVENT_IDS})
    ), (
        SELECT COUNT(*) FROM identities WHERE account = :account AND client_id = :client_id
    )
"""  # noqa: S608 - constants
