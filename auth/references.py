"""Numbers that people read out on the telephone."""

import secrets

_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like another


def spoken_reference(kind: str) -> str:
    """A new one of that kind, as `WEB-7QK2M9XA4D`: nobody guesses another's."""
    return f"{kind}-" + "".join(secrets.choice(_SIGNS) for _ in range(10))
