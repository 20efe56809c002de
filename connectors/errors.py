"""Everything that can go wrong with a source, grouped by what the caller can do about it.

`message` is for the person who asked and never holds a host, a payload or a stack trace; `detail` is for the log.
"""


class ConnectorError(Exception):
    """The root. `system` is the source's name in the settings."""

    def __init__(self, system: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.system = system
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.system}: {self.message}" + (f" ({self.detail})" if self.detail else "")


class Retryable(ConnectorError):
    """A read may be tried again at once: the source could not be reached, or broke off."""


class SourceUnreachable(Retryable):
    """No connection, or one that broke off."""


class SourceFailed(Retryable):
    """The source answered with a failure of its own (HTTP 5xx, a system fault)."""


class SourceTimeout(ConnectorError):
    """The source took longer than the deadline allowed. Asking at once would take as long."""


class TryLater(ConnectorError):
    """Ask again after `retry_after` seconds (None: the source did not say)."""

    def __init__(self, system: str, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(system, message, detail=detail)
        self.retry_after = retry_after


class SourceBusy(TryLater):
    """The source's limit of requests is used up (429, REQUEST_LIMIT_EXCEEDED)."""


class FixInput(ConnectorError):
    """The request itself was at fault."""


class SourceRejected(FixInput):
    """The source said no, in its own words (`message`), with its own `code`."""

    def __init__(self, system: str, message: str, *, code: str = "", detail: str = "") -> None:
        super().__init__(system, message, detail=detail)
        self.code = code


class SourceConflict(FixInput):
    """What was to be changed has changed in between (412, 409)."""


class TooManyRows(FixInput):
    """The answer would exceed the limit on rows: a narrower filter is needed."""


class GiveUp(ConnectorError):
    """Nothing the caller can do: an operator must look."""


class SourceMisconfigured(GiveUp):
    """Our credentials, our path or our mapping are wrong (401, 403, 404 of a service)."""


class SourceMisanswered(GiveUp):
    """The answer is not what the protocol promises: not to be read, too large, or about something else."""
