"""Files of cases: what there is, and links to it (F2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NewType, cast

import strawberry
from graphql import GraphQLError, ValueNode

from auth.attachments import reference_to
from auth.case_files import OfferedFile
from auth.directory import Fault, Unfit
from auth.rules import Action
from connectors.deliveries import DeliveryStatus
from connectors.errors import SourceMisconfigured
from schema.access import Access
from schema.computed import computed
from schema.context import Context
from schema.labels import label_field
from schema.user_errors import UserError


def _from_variables(value: object) -> object:
    """What `gateway.graphql_multipart` has put there."""
    if isinstance(value, str | int | float | bool | list | dict):
        raise GraphQLError("A file is sent by the GraphQL multipart request specification, not as a value of JSON.")
    return value


def _from_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> object:
    raise GraphQLError("A file can't stand in a document: give it as a variable.")


Upload = NewType("Upload", object)

UPLOAD = strawberry.scalar(
    name="Upload",
    description="A file, sent by the GraphQL multipart request specification.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    parse_value=_from_variables,
    parse_literal=_from_literal,
    serialize=str,
)


@strawberry.input(
    description="A picture (JPEG, PNG, HEIC) or a PDF. Pictures are written anew, without the place and device they "
    "were taken by; PDFs with scripts, files or a password are refused.",
    one_of=True,
)
class AttachmentInput:
    file: Upload | None = strawberry.field(default=strawberry.UNSET, description="Sent along with the request.")
    upload_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of a file that was sent to an address of `requestUpload`."
    )


@strawberry.type(description="A file of a case.", directives=[Access(action=Action.READ_CASES)])
class CaseAttachment:
    id: strawberry.ID = strawberry.field(description="Stays the same as long as the file is there.")
    name: str
    media_type: str | None = strawberry.field(description="As `image/jpeg`.")
    size: int | None = strawberry.field(description="In bytes.")
    created_at: datetime | None
    status: DeliveryStatus = strawberry.field(description="Whether the service system has it.")
    status_label: str = label_field("status")

    @computed(
        "A link to the file, for the viewer alone and for a few minutes: opens in the browser where that is safe, and "
        "downloads else. Reads with ranges.",
        needs=[],
    )
    def url(record: Any, context: Context) -> str:
        return context.links.link(context.viewer, reference_to(record))

    @computed("A link to a small JPEG of a picture. Null for a PDF, and for what was not added here.", needs=[])
    def thumbnail_url(record: Any, context: Context) -> str | None:
        if not record.has_thumbnail:
            return None
        return context.links.link(context.viewer, reference_to(record, thumbnail=True))


@strawberry.type(
    description="Where a file can be sent to, with PUT and its bytes as the body.",
    directives=[Access(action=Action.UPDATE_CASES)],
)
class UploadAddress:
    id: strawberry.ID = strawberry.field(description="For `attachments` of createCase and updateCase.")
    url: str
    expires_at: datetime = strawberry.field(description="Until then it takes a file, and the id may be used.")


@strawberry.type(description="An upload address, or what was wrong.", directives=[Access(action=Action.UPDATE_CASES)])
class RequestUploadPayload:
    upload: UploadAddress | None = strawberry.field(default=None, description="Null where none was given.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What was wrong.")


@strawberry.input(description="A file that is to be sent by itself, as large ones are.")
class RequestUploadInput:
    name: str = strawberry.field(description="The file's name, at most 255 characters.")


def offered(context: Context, given: Sequence[AttachmentInput]) -> list[OfferedFile]:
    """What the input names. Raises Unfit for an upload that is not the viewer's, or too old."""
    found: list[OfferedFile] = []
    for place, each in enumerate(given):
        if each.file is not strawberry.UNSET and each.file is not None:
            found.append(cast(OfferedFile, each.file))
            continue
        upload = context.links.uploaded(context.viewer, str(each.upload_id))
        if upload is None:
            raise Unfit(Fault.NOT_FOUND, f"attachments.{place}")
        if (files := context.case_desk.files) is None:
            raise SourceMisconfigured("files", "can't be kept with the systems that are configured")
        found.append(files.uploaded(context.viewer.subject, *upload))
    return found
