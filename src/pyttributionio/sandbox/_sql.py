"""The database's schema and every statement on it; values are always parameters."""

APPLICATION_ID = 0x50_79_54_73  # "PyTs", where SQLite keeps the mark of a file's owner
VERSION = 2

# A document is the answer's JSON object as text: a large customer is answered by joining texts, and
# no JSON is parsed or written for it.
SCHEMA = (
    """
    CREATE TABLE customers (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        client_id TEXT NOT NULL,
        UNIQUE (account, client_id)
    )
    """,
    """
    CREATE TABLE identities (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        client_id TEXT NOT NULL,
        aliases TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (account, client_id, aliases)
    )
    """,
    """
    CREATE TABLE customer_aliases (
        account TEXT NOT NULL,
        client_id TEXT NOT NULL,
        alias TEXT NOT NULL,
        PRIMARY KEY (account, client_id, alias)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        client_id TEXT NOT NULL,
        transaction_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (account, transaction_id)
    )
    """,
    "CREATE INDEX events_by_client ON events (account, client_id, created_at)",
    """
    CREATE TABLE event_aliases (
        account TEXT NOT NULL,
        alias TEXT NOT NULL,
        event_id INTEGER NOT NULL,
        PRIMARY KEY (account, alias, event_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE pageviews (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        alias TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        origin TEXT,
        document TEXT NOT NULL,
        touchpoint TEXT NOT NULL
    )
    """,
    # In the order they are answered in, and with all that tells where a session starts.
    "CREATE INDEX pageviews_by_alias ON pageviews (account, alias, created_at, id, origin)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

DESCRIBE = """
    SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""

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
ADD_EVENT_ALIAS = "INSERT INTO event_aliases (account, alias, event_id) VALUES (?, ?, ?)"
ADD_PAGEVIEW = """
    INSERT INTO pageviews (id, account, alias, created_at, origin, document, touchpoint)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""

FIND_CUSTOMER = "SELECT id FROM customers WHERE account = :account AND client_id = :client_id"
ALIASES_OF = """
    SELECT alias FROM customer_aliases
    WHERE account = :account AND client_id = :client_id
    ORDER BY alias LIMIT :most
"""
IDENTITIES_OF = """
    SELECT document FROM identities
    WHERE account = :account AND client_id = :client_id
    ORDER BY created_at, id
"""
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
EVENTS_OF = f"""
    SELECT document FROM events WHERE id IN ({_EVENT_IDS}) ORDER BY created_at, id
"""  # noqa: S608 - a constant of this module
# Of one alias, since its index has the order; of several, the lists are merged outside.
PAGEVIEWS_OF = """
    SELECT created_at, id, document FROM pageviews
    WHERE account = :account AND alias = :alias
    ORDER BY created_at, id
"""
PAGEVIEW_DOCUMENTS_OF = """
    SELECT document FROM pageviews
    WHERE account = :account AND alias = :alias
    ORDER BY created_at, id
"""
SIGHTINGS_OF = """
    SELECT id, alias, created_at, origin FROM pageviews
    WHERE account = :account AND alias = :alias
    ORDER BY created_at, id
"""
TOUCHPOINTS = """
    SELECT touchpoint FROM json_each(:ids) AS wanted
    CROSS JOIN pageviews ON pageviews.id = wanted.value
    ORDER BY created_at, pageviews.id
"""
RECORD_SPAN = """
    SELECT MIN(created_at), MAX(created_at) FROM identities
    WHERE account = :account AND client_id = :client_id
"""
SEEN_SPAN = """
    SELECT MIN(created_at), MAX(created_at) FROM (
        SELECT created_at FROM identities
        WHERE account = :account AND client_id = :client_id
        UNION ALL
        SELECT created_at FROM events
        WHERE account = :account AND client_id = :client_id
        UNION ALL
        SELECT created_at FROM customer_aliases AS own
        CROSS JOIN event_aliases USING (account, alias)
        CROSS JOIN events ON events.id = event_aliases.event_id
        WHERE own.account = :account AND own.client_id = :client_id
        UNION ALL
        SELECT created_at FROM customer_aliases AS own
        CROSS JOIN pageviews USING (account, alias)
        WHERE own.account = :account AND own.client_id = :client_id
    )
"""

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
    own AS (SELECT account, client_id, alias FROM matching CROSS JOIN customer_aliases USING (account, client_id)),
    seen AS (
        SELECT client_id, created_at FROM matching CROSS JOIN identities USING (account, client_id)
        UNION ALL
        SELECT client_id, created_at FROM matching CROSS JOIN events USING (account, client_id)
        UNION ALL
        SELECT own.client_id, created_at FROM own
        CROSS JOIN event_aliases USING (account, alias)
        CROSS JOIN events ON events.id = event_aliases.event_id
        UNION ALL
        SELECT own.client_id, created_at FROM own CROSS JOIN pageviews USING (account, alias)
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
