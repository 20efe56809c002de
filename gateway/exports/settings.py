"""`[exports]`: lists that people take away as tables."""

from pydantic import Field

from connectors.transport.settings import StrictSettings


class ExportSettings(StrictSettings):
    at_once: int = Field(default=2, ge=1, le=100, description="Tables that a gateway makes at once beside requests")
    per_person: int = Field(default=3, ge=1, le=100, description="Tables that may be made for one person at once")
    kept: int = Field(default=86_400, ge=600, le=30 * 86_400, description="Seconds that a table is kept")
    timeout: float = Field(default=120.0, gt=0, le=3600, description="Seconds that finding a table's rows may take")
