"""The database's tables, and how one is told to be ours."""

APPLICATION_ID = 0x50_79_54_73  # "PyTs", where SQLite keeps the mark of a file's owner
VERSION = 3

# A document is the answer's JSON object as text (`_documents`): a large customer is answered by
# joining texts, and no JSON is parsed or written for it.
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
        created_at INTEGER NOT NULL,
        event_id INTEGER NOT NULL,
        PRIMARY KEY (account, alias, created_at, event_id)
    ) WITHOUT ROWID
    """,
    # What is known of each pageview, in the order they are answered in, with all that tells where a session starts.
    """
    CREATE TABLE pageviews (
        account TEXT NOT NULL,
        alias TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        id INTEGER NOT NULL,
        origin TEXT,
        PRIMARY KEY (account, alias, created_at, id)
    ) WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX pageviews_by_id ON pageviews (id)",
    "CREATE INDEX arrivals ON pageviews (account, alias, created_at, id) WHERE origin IS NOT NULL",
    # Their documents, many to a row: `_stretches` has the reason.
    """
    CREATE TABLE stretches (
        account TEXT NOT NULL,
        alias TEXT NOT NULL,
        first_at TEXT NOT NULL,
        first_id INTEGER NOT NULL,
        documents TEXT NOT NULL,
        PRIMARY KEY (account, alias, first_at, first_id)
    ) WITHOUT ROWID
    """,
    # Those of the pageviews that start a session.
    """
    CREATE TABLE touchpoints (
        account TEXT NOT NULL,
        alias TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        id INTEGER NOT NULL,
        origin TEXT,
        document TEXT NOT NULL,
        PRIMARY KEY (account, alias, created_at, id)
    ) WITHOUT ROWID
    """,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

DESCRIBE = """
    SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""
