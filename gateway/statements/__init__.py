"""Statements about equipment as PDF files: the data from `auth.statements`, words from `texts`, the look from
`templates` (Typst), which a designer edits without touching the rest."""
