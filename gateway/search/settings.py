"""`[search]`: the index that things are found by."""

from pydantic import Field

from connectors.transport.settings import StrictSettings


class SearchSettings(StrictSettings):
    enabled: bool = Field(default=True, description="Keep an index in the store; false: nothing can be searched")
    refresh: float = Field(
        default=60.0, ge=1, le=3600, description="Seconds between looks at the cases that have changed"
    )
    rebuild: float = Field(
        default=3600.0,
        ge=60,
        le=7 * 86_400,
        description="Seconds after which everything is read again, for what the systems don't tell of by themselves",
    )
