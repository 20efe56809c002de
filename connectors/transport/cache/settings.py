"""What a deployment says of the cache."""

from pydantic import Field

from connectors.transport.settings import Secret, StrictSettings


class Freshness(StrictSettings):
    """Seconds that rows are as good as asked for anew. 0: rows of that kind are not kept."""

    accounts: float = Field(60, ge=0, le=86_400, description="Accounts")
    locations: float = Field(300, ge=0, le=86_400, description="Locations")
    installed_products: float = Field(60, ge=0, le=86_400, description="Installed products")
    cases: float = Field(15, ge=0, le=86_400, description="Cases")
    service_orders: float = Field(15, ge=0, le=86_400, description="Service orders and their visits")
    contracts: float = Field(300, ge=0, le=86_400, description="Service contracts with their lines")
    warranties: float = Field(300, ge=0, le=86_400, description="Warranties")
    archived_cases: float = Field(3_600, ge=0, le=86_400, description="Cases of the older system, which don't change")


class CacheSettings(StrictSettings):
    """`[cache]`: rows of the systems, kept for viewers of the same rights."""

    enabled: bool = Field(True, description="Keep rows at all")
    join: bool = Field(True, description="Let viewers of the same rights share a read that is under way")
    max_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="Bytes kept in the process at most, as estimated")
    redis: Secret | None = Field(
        None, description="Where a Redis keeps the rows for all gateways: redis://… (it may hold a password)"
    )
    redis_timeout: float = Field(0.25, gt=0, le=10, description="Seconds that Redis may take")
    redis_entry_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Bytes of one read's rows in Redis at most")
    stale_while_revalidate: float = Field(
        30, ge=0, le=3_600, description="Seconds past freshness that rows are shown, marked as stale, and read anew"
    )
    stale_if_error: float = Field(
        600, ge=0, le=86_400, description="Seconds past freshness that rows stand in for a system that can't be asked"
    )
    freshness: Freshness = Freshness.model_validate({})
