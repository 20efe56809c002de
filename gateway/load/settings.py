"""`[load]`: how much the gateway takes on."""

from pydantic import Field

from connectors.transport.settings import StrictSettings


class LoadSettings(StrictSettings):
    user: int = Field(
        default=12_000_000, ge=0, description="Objects that one user may ask for in a minute (extensions.cost); 0: any"
    )
    client: int = Field(default=40_000_000, ge=0, description="The same of all who ask through one client; 0: any")
    address: int = Field(default=80_000_000, ge=0, description="The same of all who ask from one network; 0: any")
    at_once: int = Field(default=64, ge=2, le=10_000, description="Operations that are executed at once at most")
    queue: int = Field(default=64, ge=0, le=100_000, description="Operations that wait for their turn at most")
    patience: float = Field(default=0.5, gt=0, le=60, description="Seconds that an operation waits for its turn")
    lag: float = Field(
        default=0.05,
        gt=0,
        le=5,
        description="Seconds that the gateway may be behind with its work before it executes less at once",
    )
