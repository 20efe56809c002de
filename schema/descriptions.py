"""What the names say that the graph uses throughout, said once: put on whatever has no description of its own, so that
tools and people find one everywhere."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    is_introspection_type,
)

from schema.labels import FALLBACK, catalogue

USUAL: Mapping[str, str] = {
    "access": "How the viewer comes to see it.",
    "accountIds": "Of these accounts alone, by their ids.",
    "action": "What was done.",
    "actions": "Of these actions alone.",
    "alarmMinutes": "Minutes before a visit that a program is to remind of it.",
    "answer": "What was answered.",
    "answeredAt": "When it was answered.",
    "answeredBy": "Who answered it.",
    "area": "The part of the equipment.",
    "assetCount": "How many pieces of equipment.",
    "assetId": "Asset identifier (V2), bare.",
    "assetTag": "The customer's own tag.",
    "at": "When it was.",
    "caseId": "The case's id.",
    "cases": "About cases.",
    "changedAt": "When it was changed.",
    "changedBy": "Who changed it.",
    "chosen": "Whether the viewer wants it.",
    "city": "Town or city.",
    "code": "What it is, for programs.",
    "completed": "Whether it is completed.",
    "contactEmail": "The e-mail address to write to about it.",
    "contactPhone": "The telephone number to call about it.",
    "contractNumber": "Number of the contract (V21), bare.",
    "count": "How many.",
    "country": "Country, as two letters.",
    "created": "How many were created.",
    "createdAt": "When it was made.",
    "description": "What it is, in a line.",
    "direction": "Which way.",
    "downHours": "Hours in which it was down.",
    "edges": "The page's objects, each with its place.",
    "email": "E-mail address.",
    "endCursor": "The place of the page's last object.",
    "endOfLife": "The day on which the product's life ends.",
    "endOfService": "The day on which service for the product ends.",
    "endsAt": "When it ends.",
    "entitled": "Whether it may be had.",
    "eventType": "What it is about (V17).",
    "expiresAt": "Until when it is good.",
    "expiryStatus": "How near the end is (V25).",
    "exportId": "The table's id, as `startExport` answered it.",
    "feedId": "The feed's id.",
    "fetchedAt": "When it was read from the system.",
    "field": "What to order by.",
    "filter": "What must match; all where nothing is given.",
    "format": "The form of the table.",
    "functionalLocationLabel": "Where it is built in.",
    "hasNextPage": "Whether there is more behind the page.",
    "hasPreviousPage": "Whether there is more before the page.",
    "id": "The object's global id.",
    "ids": "By their global ids.",
    "incidents": "How many cases made it so.",
    "input": "What to do.",
    "installedProductId": "The equipment's id.",
    "installedProductIds": "Of this equipment alone, by its ids.",
    "installedProductNumber": "The installed base's own number.",
    "installedProductNumbers": "By the installed base's own numbers.",
    "installedProducts": "About equipment.",
    "kind": "What kind it is.",
    "kinds": "Of these kinds alone.",
    "languages": "In these languages alone.",
    "lastUsedAt": "When it was used last.",
    "locale": "Language, as `en` or `pl`.",
    "locationIds": "At these locations alone, by their ids.",
    "locationNote": "How to find it.",
    "material": "Material number.",
    "medianHours": "Half of them took no longer, in hours.",
    "message": "In words, for people.",
    "modalities": "Of these product types alone.",
    "modality": "Product type (V7).",
    "name": "Name.",
    "node": "The object.",
    "number": "Number, as people know it.",
    "numbers": "By their numbers.",
    "of": "What to take away.",
    "openEnded": "Whether it has no end.",
    "operationalState": "In these states alone (F4).",
    "orderBy": "What comes first; then by id, so that the order is always the same.",
    "organisation": "The hospital or company.",
    "origin": "How it came in (V15).",
    "pageInfo": "Where the page is in the list.",
    "parentAccountNumber": "Customer number of the account that the user belongs to.",
    "phone": "Telephone number.",
    "postalCode": "Postal code.",
    "priority": "Priority (V13).",
    "productCode": "The manufacturer's code of the product.",
    "provenance": "Where it comes from, and as of when.",
    "purchaseOrder": "The customer's own order number.",
    "reason": "Why, or why not.",
    "referenceNumber": "The customer's own number for it.",
    "references": "What names the site.",
    "released": "Whether it is released.",
    "remarks": "What else was said.",
    "reporter": "Who reported it.",
    "requestId": "The id of the request in the log.",
    "requiredEnd": "By when it is wanted.",
    "requiredStart": "From when it is wanted.",
    "role": "Role in the portal (R1).",
    "roles": "Of these roles alone.",
    "serialNumber": "Serial number (V4).",
    "serialNumbers": "By their serial numbers (V4).",
    "service": "What is asked for (F13).",
    "sessionId": "The session's id.",
    "since": "From then on.",
    "sites": "The sites, each by what names it.",
    "startCursor": "The place of the page's first object.",
    "startDate": "The first day.",
    "state": "State (F4).",
    "status": "Where it is in its life.",
    "statuses": "Of these statuses alone.",
    "street": "Street and number.",
    "technicalIds": "By their technical ids (V3).",
    "text": "Text.",
    "topic": "What it is about.",
    "total": "How many in all.",
    "uncovered": "How many nothing covers.",
    "updatedAt": "When it was changed last.",
    "updatedBy": "Who changed it last.",
    "url": "Its address, for this viewer and for minutes.",
    "userId": "The user's id.",
    "value": "Value.",
    "workCentre": "The team that does it.",
}

_ROOTS: Mapping[str, str] = {
    "Query": "What can be asked.",
    "Mutation": "What can be changed. What was wrong with a form stands in the payload's `errors`.",
    "Subscription": "What is told as it changes, with the rights of that moment (F18).",
}

_VALUES: Mapping[str, str] = {"ASC": "The smallest or oldest first.", "DESC": "The largest or newest first."}


def describe(types: Mapping[str, GraphQLNamedType]) -> None:
    """Give what has no description the one that its name stands for."""
    for type_ in types.values():
        if is_introspection_type(type_):
            continue
        if type_.description is None:
            type_.description = _of_type(type_.name)
        match type_:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for name, field in type_.fields.items():
                    _fill(name, field)
                    for argument_name, argument in field.args.items():
                        _fill(argument_name, argument)
            case GraphQLInputObjectType():
                for name, slot in type_.fields.items():
                    _fill(name, slot)
            case GraphQLEnumType():
                _fill_values(type_)
            case _:
                continue


def _fill(name: str, slot: GraphQLField | GraphQLArgument | GraphQLInputField) -> None:
    if slot.description is None:
        slot.description = USUAL.get(name)


def _of_type(name: str) -> str | None:
    if name.endswith("Order"):
        return "What comes first."
    if name.endswith("Input"):
        change = name.removesuffix("Input")
        return f"What `{change[:1].lower()}{change[1:]}` is told."
    return _ROOTS.get(name)


def _fill_values(type_: GraphQLEnumType) -> None:
    labels: Mapping[str, Any] = catalogue(FALLBACK).get(type_.name, {})
    for name, value in type_.values.items():
        if value.description is not None:
            continue
        words = name.lower().replace("_", " ")
        if name in labels:
            value.description = labels[name] if labels[name].endswith(".") else f"{labels[name]}."
        elif type_.name.endswith("OrderField"):
            value.description = f"By {words}."
        elif type_.name == "Action":
            value.description = f"To {words}."
        else:
            value.description = _VALUES.get(name)
