"""The graph's types by name, for fields that point at one another across files."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.account import Account
    from schema.archived_case import ArchivedCase
    from schema.case import Case
    from schema.contract import ContractLine, ServiceContract
    from schema.installed_product import InstalledProduct
    from schema.location import Location
    from schema.service_order import ServiceOrder, Visit
    from schema.user import User
    from schema.viewer import Viewer
    from schema.warranty import Warranty

AccountType = Annotated["Account", strawberry.lazy("schema.account")]
ArchivedCaseType = Annotated["ArchivedCase", strawberry.lazy("schema.archived_case")]
CaseType = Annotated["Case", strawberry.lazy("schema.case")]
ContractLineType = Annotated["ContractLine", strawberry.lazy("schema.contract")]
InstalledProductType = Annotated["InstalledProduct", strawberry.lazy("schema.installed_product")]
LocationType = Annotated["Location", strawberry.lazy("schema.location")]
ServiceContractType = Annotated["ServiceContract", strawberry.lazy("schema.contract")]
ServiceOrderType = Annotated["ServiceOrder", strawberry.lazy("schema.service_order")]
UserType = Annotated["User", strawberry.lazy("schema.user")]
ViewerType = Annotated["Viewer", strawberry.lazy("schema.viewer")]
VisitType = Annotated["Visit", strawberry.lazy("schema.service_order")]
WarrantyType = Annotated["Warranty", strawberry.lazy("schema.warranty")]
