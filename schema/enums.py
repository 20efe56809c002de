"""The value lists as GraphQL enums. Descriptions of the values come from the English catalogue."""

import strawberry

from auth.viewer import Role
from connectors import vocabulary

for _enum, _description in (
    (vocabulary.Modality, "Product type: the modality of a piece of equipment."),
    (vocabulary.AssetStatus, "Status of an installed product. OTHER: `statusLabel` has the installed base's word."),
    (vocabulary.OperationalState, "Whether an installed product works, told from its open cases."),
    (vocabulary.CasePriority, "Priority of a case, the most urgent first."),
    (vocabulary.CaseStatus, "Status of a case. NEW and IN_PROGRESS are open."),
    (vocabulary.CaseOrigin, "How a case came in: by phone to the customer care centre, or through the portal."),
    (vocabulary.ActivityType, "What kind of activity stands on a case."),
    (vocabulary.EventType, "What a case is about."),
    (vocabulary.ServiceType, "How service is given."),
    (vocabulary.ContractStatus, "Status of a service contract."),
    (Role, "Role of a viewer, by which it is decided what may be done."),
):
    strawberry.enum(_enum, description=_description)
