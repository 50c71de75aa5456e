"""The database's tables, and the mark by which a database of the sandbox is recognised."""

from pyttributionio.sandbox.values.files import read_file

APPLICATION_ID = 0x50_79_54_73  # "PyTs": SQLite keeps in each file which application it belongs to
VERSION = 4

SCHEMA = (
    # The file has semicolons only at the end of statements.
    *read_file("store/schema.sql").decode().split(";"),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

DESCRIBE = """
    SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""
