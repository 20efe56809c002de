"""Lists as tables (F9): CSV and workbooks, sent as they are made, or made beside the requests and kept for a day."""
