"""What a plan can't hold: such an operation is executed by graphql-core."""


class Unsupported(Exception):
    """Names what it was, for the log."""
