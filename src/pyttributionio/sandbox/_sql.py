"""The database's schema and every statement on it; values are always parameters."""

APPLICATION_ID = 0x50_79_54_73  # "PyTs", where SQLite keeps the mark of a file's owner
VERSION = 1

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
        document TEXT NOT NULL
    )
    """,
    "CREATE INDEX pageviews_by_alias ON pageviews (account, alias, created_at)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

DESCRIBE = """
    SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""

FIND_IDENTITY = """
    SELECT id, created_at, document FROM identities
    WHERE account = ? AND client_id = ? AND aliases = ?
"""
ADD_CUSTOMER = "INSERT OR IGNORE INTO customers (account, client_id) VALUES (?, ?)"
ADD_IDENTITY = """
    INSERT INTO identities (account, client_id, aliases, created_at, document)
    VALUES (?, ?, ?, ?, ?)
"""
ADD_CUSTOMER_ALIAS = """
    INSERT OR IGNORE INTO customer_aliases (account, client_id, alias) VALUES (?, ?, ?)
"""
FIND_EVENT = """
    SELECT id, created_at, document FROM events WHERE account = ? AND transaction_id = ?
"""
ADD_EVENT = """
    INSERT INTO events (account, client_id, transaction_id, created_at, document)
    VALUES (?, ?, ?, ?, ?)
"""
ADD_EVENT_ALIAS = "INSERT INTO event_aliases (account, alias, event_id) VALUES (?, ?, ?)"
ADD_PAGEVIEW = "INSERT INTO pageviews (account, alias, created_at, document) VALUES (?, ?, ?, ?)"

FIND_CUSTOMER = "SELECT id FROM customers WHERE account = :account AND client_id = :client_id"

IDENTITIES_OF = """
    SELECT id, created_at, document FROM identities
    WHERE account = :account AND client_id = :client_id
    ORDER BY created_at, id
"""
# CROSS JOIN fixes the order of the joins: from the few aliases into the big tables, never back.
# UNION, not UNION ALL: an event may be theirs by client id and by several aliases at once.
EVENTS_OF = """
    SELECT id, created_at, document FROM events
    WHERE account = :account AND client_id = :client_id
    UNION
    SELECT id, created_at, document FROM customer_aliases AS own
    CROSS JOIN event_aliases USING (account, alias)
    CROSS JOIN events ON events.id = event_aliases.event_id
    WHERE own.account = :account AND own.client_id = :client_id
    ORDER BY created_at, id
"""
PAGEVIEWS_OF = """
    SELECT id, created_at, document FROM customer_aliases AS own
    CROSS JOIN pageviews USING (account, alias)
    WHERE own.account = :account AND own.client_id = :client_id
    ORDER BY created_at, id
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
