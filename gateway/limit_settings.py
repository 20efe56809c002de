"""`[limits]`: how much one query may ask for."""

from pydantic import Field

from connectors.transport.settings import StrictSettings
from gateway.execution.shape import Limits


class LimitSettings(StrictSettings):
    characters: int = Field(default=100_000, ge=1000, le=2_000_000, description="Characters of a document at most")
    tokens: int = Field(default=10_000, ge=100, le=200_000, description="Tokens of a document at most")
    depth: int = Field(default=20, ge=5, le=200, description="Levels of fields at most, introspection's among them")
    height: int = Field(default=2_000, ge=100, description="Fields at most, with fragments put in their places")
    aliases: int = Field(default=100, ge=0, description="Aliases at most, with fragments put in their places")
    root_fields: int = Field(default=50, ge=1, description="Fields of the root at most")
    directives: int = Field(default=200, ge=0, description="Directives at most, with fragments put in their places")
    fragments: int = Field(default=200, ge=0, description="Fragments that a document defines at most")

    cost: int = Field(
        default=100_000,
        ge=100,
        description="Objects that a query may ask for, by the sizes that the SDL tells (@listSize)",
    )
    cost_of_analysts: int = Field(default=250_000, ge=100, description="The same, of internal analysts")

    @property
    def of_documents(self) -> Limits:
        return Limits(**self.model_dump(include=set(Limits._fields)))
