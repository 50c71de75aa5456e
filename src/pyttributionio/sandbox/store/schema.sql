-- The tables of the sandbox's database. A document is the answer's JSON object as text (module `documents`): a large
-- customer is answered by joining these texts, without parsing or writing JSON.

CREATE TABLE customers (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, client_id TEXT NOT NULL,
    UNIQUE (account, client_id)
);

CREATE TABLE identities (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, client_id TEXT NOT NULL, aliases TEXT NOT NULL,
    created_at INTEGER NOT NULL, document TEXT NOT NULL,
    UNIQUE (account, client_id, aliases)
);

CREATE TABLE customer_aliases (
    account TEXT NOT NULL, client_id TEXT NOT NULL, alias TEXT NOT NULL,
    PRIMARY KEY (account, client_id, alias)
) WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, client_id TEXT NOT NULL, transaction_id TEXT NOT NULL,
    created_at INTEGER NOT NULL, document TEXT NOT NULL,
    UNIQUE (account, transaction_id)
);
CREATE INDEX events_by_client ON events (account, client_id, created_at);

CREATE TABLE event_aliases (
    account TEXT NOT NULL, alias TEXT NOT NULL, created_at INTEGER NOT NULL, event_id INTEGER NOT NULL,
    PRIMARY KEY (account, alias, created_at, event_id)
) WITHOUT ROWID;

-- The pageviews, in the order of the answers, with what the session rules need.
CREATE TABLE pageviews (
    account TEXT NOT NULL, alias TEXT NOT NULL, created_at INTEGER NOT NULL, id INTEGER NOT NULL, origin TEXT,
    PRIMARY KEY (account, alias, created_at, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX pageviews_by_id ON pageviews (id);
CREATE INDEX pageviews_with_origin ON pageviews (account, alias, created_at, id) WHERE origin IS NOT NULL;

-- Their documents, many in a row. The module `pageview_blocks` has the reason.
CREATE TABLE pageview_blocks (
    account TEXT NOT NULL, alias TEXT NOT NULL, first_at TEXT NOT NULL, first_id INTEGER NOT NULL,
    documents TEXT NOT NULL,
    PRIMARY KEY (account, alias, first_at, first_id)
) WITHOUT ROWID;

-- The pageviews that start a session.
CREATE TABLE touchpoints (
    account TEXT NOT NULL, alias TEXT NOT NULL, created_at INTEGER NOT NULL, id INTEGER NOT NULL, origin TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (account, alias, created_at, id)
) WITHOUT ROWID;
