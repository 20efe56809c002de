"""Files over HTTP: links that open them, addresses that take them (F2)."""
