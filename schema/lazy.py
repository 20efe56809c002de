"""The graph's types by name, for fields that point at one another across files."""

from typing import Annotated

import strawberry

AccountType = Annotated["Account", strawberry.lazy("schema.account")]  # noqa: F821  # resolved when the schema is made
ArchivedCaseType = Annotated["ArchivedCase", strawberry.lazy("schema.archived_case")]  # noqa: F821
CaseType = Annotated["Case", strawberry.lazy("schema.case")]  # noqa: F821
ContractLineType = Annotated["ContractLine", strawberry.lazy("schema.contract")]  # noqa: F821
InstalledProductType = Annotated["InstalledProduct", strawberry.lazy("schema.installed_product")]  # noqa: F821
LocationType = Annotated["Location", strawberry.lazy("schema.location")]  # noqa: F821
ServiceContractType = Annotated["ServiceContract", strawberry.lazy("schema.contract")]  # noqa: F821
ServiceOrderType = Annotated["ServiceOrder", strawberry.lazy("schema.service_order")]  # noqa: F821
WarrantyType = Annotated["Warranty", strawberry.lazy("schema.warranty")]  # noqa: F821
