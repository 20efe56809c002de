"""The gateway's own store: what it keeps itself, in a SQL database."""
