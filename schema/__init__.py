"""The graph: views over records, one noun a file. No HTTP, no upstream protocol."""

from schema.enums import register_enums

register_enums()  # before any type that has a field of them
