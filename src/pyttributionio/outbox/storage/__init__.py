"""Where entries are kept: the Store protocol, SQLite and memory."""
