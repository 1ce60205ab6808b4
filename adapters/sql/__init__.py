"""The database: SQLite in a file by default, PostgreSQL for more than one process."""
