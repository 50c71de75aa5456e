"""The stored data, in SQLite.

- `database`, `schema`, `statements`: the database, its tables, and the SQL statements on them.
- `store`: the class `Store`, which the other folders use.
- `checkpoints`: copies of the database's file are complete; `waiting`: another program holds its lock.
- `writes`, `sessions`, `pageview_blocks`, `visitor`, `documents`: how identities, events and pageviews are stored.
- `seed`, `seed_tables`: example data.
"""
