"""The index that things are found by (F3): filled from the systems, and kept as they are."""
