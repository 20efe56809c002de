"""The address in a mail that stops mails of its kind: sealed, so that nobody stops another's."""

import msgspec

from connectors.vocabulary import MailTopic
from gateway.sealing import NotOurs, Sealer

PATH = "/mails/stop"


class _Stop(msgspec.Struct, frozen=True):
    user_id: str
    topic: MailTopic


class StopLinks:
    """They don't end: a mail is read when it is read."""

    def __init__(self, secret: str, address: str) -> None:
        self._sealer = Sealer(secret, "mail-stop")
        self._address = address

    def link(self, user_id: str, topic: MailTopic) -> str:
        return f"{self._address}{PATH}/{self._sealer.seal(msgspec.json.encode(_Stop(user_id, topic))).decode()}"

    def read(self, token: str) -> tuple[str, MailTopic]:
        """Whose mails, and of what. Raises NotOurs."""
        try:
            found = msgspec.json.decode(self._sealer.unseal(token.encode("utf-8", "replace")), type=_Stop)
        except msgspec.ValidationError:  # of a version that knew other topics
            raise NotOurs from None
        return found.user_id, found.topic
