"""Every statement on the database but those that make its tables; values are always parameters."""

from pyttributionio.sandbox.store.documents import SEPARATOR

NEXT_IDS = {
    table: f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}"  # noqa: S608 - constants of this module
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
FIND_EVENT = "SELECT document FROM events WHERE account = ? AND transaction_id = ?"
ADD_EVENT = """
    INSERT INTO events (id, account, client_id, transaction_id, created_at, document)
    VALUES (?, ?, ?, ?, ?, ?)
"""
ADD_EVENT_ALIAS = "INSERT INTO event_aliases (account, alias, created_at, event_id) VALUES (?, ?, ?, ?)"
ADD_SIGHTING = "INSERT INTO pageviews (account, alias, created_at, id, origin) VALUES (?, ?, ?, ?, ?)"
ADD_TOUCHPOINT = """
    INSERT INTO touchpoints (account, alias, created_at, id, origin, document) VALUES (?, ?, ?, ?, ?, ?)
"""
FIND_TOUCHPOINT = """
    SELECT id FROM touchpoints
    WHERE account = :account AND alias = :alias AND created_at = :created_at AND id = :id
"""
REMOVE_TOUCHPOINT = """
    DELETE FROM touchpoints
    WHERE account = :account AND alias = :alias AND created_at = :created_at AND id = :id
"""
# Where the session stands before a pageview: when the one before it was, and the origin of the last that started one.
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
SIGHTING_AFTER = """
    SELECT id, alias, created_at, origin FROM pageviews
    WHERE account = :account AND alias = :alias AND created_at > :created_at
    ORDER BY created_at, id LIMIT 1
"""
# Through the index of those alone; SQLite would choose the table, and read all that have none before it.
ARRIVAL_AFTER = """
    SELECT id, alias, created_at, origin FROM pageviews INDEXED BY arrivals
    WHERE account = :account AND alias = :alias AND (created_at, id) > (:created_at, :id) AND origin IS NOT NULL
    ORDER BY created_at, id LIMIT 1
"""
FIRST_STRETCH = """
    SELECT first_at, first_id, documents FROM stretches
    WHERE account = :account AND alias = :alias
    ORDER BY first_at, first_id LIMIT 1
"""
STRETCH_AROUND = """
    SELECT first_at, first_id, documents FROM stretches
    WHERE account = :account AND alias = :alias AND (first_at, first_id) <= (:created_at, :id)
    ORDER BY first_at DESC, first_id DESC LIMIT 1
"""
STRETCH_AFTER = """
    SELECT first_at, first_id FROM stretches
    WHERE account = :account AND alias = :alias AND (first_at, first_id) > (:created_at, :id)
    ORDER BY first_at, first_id LIMIT 1
"""
REMOVE_STRETCH = """
    DELETE FROM stretches
    WHERE account = :account AND alias = :alias AND first_at = :created_at AND first_id = :id
"""
LENGTHEN_LAST_STRETCH = """
    UPDATE stretches SET documents = documents || :more
    WHERE account = :account AND alias = :alias AND (first_at, first_id) = (
        SELECT first_at, first_id FROM stretches
        WHERE account = :account AND alias = :alias
        ORDER BY first_at DESC, first_id DESC LIMIT 1
    ) AND length(documents) + length(:more) <= :longest
"""
ADD_STRETCH = "INSERT INTO stretches (account, alias, first_at, first_id, documents) VALUES (?, ?, ?, ?, ?)"

FIND_CUSTOMER = "SELECT id FROM customers WHERE account = :account AND client_id = :client_id"
ALIASES_OF = """
    SELECT alias FROM customer_aliases
    WHERE account = :account AND client_id = :client_id
    ORDER BY alias LIMIT :most
"""


def _joined(documents: str) -> str:
    # The order is the inner query's, which SQLite keeps for this; an ORDER BY of group_concat's own came with 3.44.
    # The bytes of the answer, then, and no Python object for each document.
    return f"SELECT CAST(group_concat(document, '{SEPARATOR}') AS BLOB) FROM ({documents})"  # noqa: S608 - as below


IDENTITIES_OF = _joined("""
    SELECT document FROM identities
    WHERE account = :account AND client_id = :client_id
    ORDER BY created_at, id
""")
# CROSS JOIN fixes the order of the joins: from the few aliases into the big tables, never back.
# Ids first: an event may be theirs by client id and by very many aliases at once, and is read once.
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
# Of one alias, since the table has the order; of several, they are put in order outside.
STRETCHES_OF_ALIAS = _joined("""
    SELECT documents AS document FROM stretches
    WHERE account = :account AND alias = :alias
    ORDER BY first_at, first_id
""")
STRETCHES_OF = """
    SELECT documents FROM customer_aliases AS own
    CROSS JOIN stretches USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
"""
RECORD_SPAN = """
    SELECT MIN(created_at), MAX(created_at) FROM identities
    WHERE account = :account AND client_id = :client_id
"""
# The first and the last of each alias, which are two look-ups; reading all between them takes long.
_ENDS = """
    SELECT theirs.client_id, (
        SELECT {end}(created_at) FROM {table} WHERE account = theirs.account AND alias = theirs.alias
    ) AS created_at FROM theirs
"""
_ALIASES_ENDS = " UNION ALL ".join(
    _ENDS.format(end=end, table=table) for table in ("event_aliases", "pageviews") for end in ("MIN", "MAX")
)
SEEN_SPAN = f"""
    WITH theirs AS (SELECT * FROM customer_aliases WHERE account = :account AND client_id = :client_id)
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
        {_ALIASES_ENDS}
    )
"""  # noqa: S608 - a constant of this module

_MATCHING = """
    SELECT account, client_id FROM customers
    WHERE account = :account AND (
        instr(folded(client_id), :search) OR EXISTS (
            SELECT * FROM customer_aliases AS own
            WHERE own.account = customers.account AND own.client_id = customers.client_id
            AND instr(folded(own.alias), :search)
        )
    )
"""
COUNT_CUSTOMERS = f"SELECT COUNT(*) FROM ({_MATCHING})"  # noqa: S608 - a constant of this module
FIND_CUSTOMERS = f"""
    WITH matching AS ({_MATCHING}),
    theirs AS (SELECT account, client_id, alias FROM matching CROSS JOIN customer_aliases USING (account, client_id)),
    seen AS (
        SELECT client_id, created_at FROM matching CROSS JOIN identities USING (account, client_id)
        UNION ALL
        SELECT client_id, created_at FROM matching CROSS JOIN events USING (account, client_id)
        UNION ALL
        {_ALIASES_ENDS}
    )
    SELECT client_id, MIN(created_at), MAX(created_at) FROM seen
    GROUP BY client_id
    ORDER BY MAX(created_at) DESC, client_id
    LIMIT :limit OFFSET :offset
"""  # noqa: S608 - a constant of this module
COUNT_PAGEVIEWS = """
    SELECT COUNT(*) FROM customer_aliases AS own
    CROSS JOIN pageviews USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
"""
COUNT_EVENTS = f"SELECT COUNT(*) FROM ({_EVENT_IDS})"  # noqa: S608 - a constant of this module
COUNT_IDENTITIES = """
    SELECT COUNT(*) FROM identities WHERE account = :account AND client_id = :client_id
"""
