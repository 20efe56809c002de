"""Encryption of what the store must keep and not show: signing keys, mails that wait, a sign-in under way."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class NotOurs(ValueError):
    """What should be unsealed was sealed with another secret, is too old, or was changed."""


class Sealer:
    """Seals for one `purpose` alone: what was sealed for another can't be unsealed (authenticated encryption)."""

    def __init__(self, secret: str, purpose: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"portal:" + purpose.encode()).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def unseal(self, sealed: bytes, *, within: int | None = None) -> bytes:
        """Raises NotOurs. `within`: seconds since it was sealed, at most."""
        try:
            return self._fernet.decrypt(sealed, ttl=within)
        except InvalidToken:
            raise NotOurs from None


class Signer:
    """Signs what may be read and not be made: the same text gives the same token."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = HKDF(SHA256(), 32, salt=None, info=b"portal-signature:" + purpose.encode()).derive(secret.encode())

    def signed(self, text: str) -> str:
        return f"{text}.{self._signature(text)}"

    def read(self, token: str) -> str:
        """Raises NotOurs."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(text).encode(), signature.encode("utf-8", "replace")):
            raise NotOurs
        return text

    def _signature(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
