"""The language that a request asks for (Accept-Language; RFC 9110, 12.5.4), among those the portal speaks (F17)."""

from collections.abc import Collection

_MOST = 50
"""Languages that a header may name: what comes after them is not looked at."""


def asked_language(header: str, spoken: Collection[str]) -> str | None:
    """The one wanted most, by its language alone: `pl-PL` is `pl`. None: it asks for none of them."""
    wanted = [_weighed(part) for part in header.split(",")[:_MOST]]
    found = [(weight, language) for weight, language in wanted if weight > 0 and language in spoken]
    return max(found, key=lambda each: each[0])[1] if found else None


def _weighed(part: str) -> tuple[float, str]:
    tag, *parameters = (piece.strip() for piece in part.split(";"))
    language = tag.partition("-")[0].lower()
    weight = next((each[2:] for each in parameters if each.lower().startswith("q=")), "1")
    try:
        return (float(weight), language)
    except ValueError:
        return (0.0, language)
