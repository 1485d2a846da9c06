"""SQLite: durable state in one file, history in another."""
