"""Port `SearchIndex`: words by FTS5 in SQLite, by text search vectors in PostgreSQL."""

from connectors.systems.portal_store.search_index.index import StoredSearchIndex

__all__ = ["StoredSearchIndex"]
