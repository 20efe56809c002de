"""Digests of secrets that we made ourselves: 256 random bits need no slow hash, only one that can't be turned back."""

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret() -> str:
    """43 characters that nobody guesses, fit for a link, a cookie or a token."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What the store keeps of it: SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
