"""A clock that tests move."""

from datetime import UTC, datetime, timedelta


class MovedClock:
    """Stands still at `now` until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> datetime:
        """As timedelta: `forward(days=1)`."""
        self.now += timedelta(**units)
        return self.now
