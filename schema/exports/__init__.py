"""Lists taken away as tables (F9): their columns, what they are asked for with, and how they are made."""
