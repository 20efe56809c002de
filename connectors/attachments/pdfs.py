"""PDFs, looked through and written anew: one that could do anything is refused, what hung behind it is gone."""

import io
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from connectors.attachments.kinds import FileKind
from connectors.attachments.outcome import Clean, Unfit, UnfitReason

MOST_OBJECTS = 300_000

_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",  # into a file that it carries
        "/GoToR",  # into a file of the reader's machine or network
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
    }
)
_ANNOTATIONS = frozenset({"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/FileAttachment"})
_KEYS = ("/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EF", "/RichMediaContent")
_NESTED = (Dictionary, Stream, Array)
_ADDRESSES = ("http:", "https:", "mailto:", "tel:", "#")


def clean_pdf(content: bytes) -> Clean:
    """Raises Unfit: it can't be read, asks for a password, or holds scripts, files, forms that send, or media."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise Unfit(UnfitReason.ENCRYPTED)
            if not len(pdf.pages) or len(pdf.objects) > MOST_OBJECTS:
                raise Unfit(UnfitReason.UNREADABLE)
            if any(_is_active(each) for top in pdf.objects for each in _within(top)):
                raise Unfit(UnfitReason.ACTIVE_CONTENT)
            written = io.BytesIO()
            pdf.save(written, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise Unfit(UnfitReason.ENCRYPTED) from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise Unfit(UnfitReason.UNREADABLE) from error
    return Clean(FileKind.PDF.name, written.getvalue(), None)


def _within(top: Object) -> Iterator[Dictionary | Stream]:
    """The dictionaries of an object, those of other objects aside."""
    pending = [top]
    while pending:
        each = pending.pop()
        if isinstance(each, Dictionary | Stream):
            yield each
            inner = [value for _, value in each.items()]
        elif isinstance(each, Array):
            inner = list(each)
        else:
            continue
        pending += [value for value in inner if isinstance(value, _NESTED) and not value.is_indirect]


def _is_active(each: Dictionary | Stream) -> bool:
    if any(key in each for key in _KEYS):
        return True
    if _name(each, "/S") in _ACTIONS or _name(each, "/Type") == "/EmbeddedFile":
        return True
    if _name(each, "/Subtype") in _ANNOTATIONS and "/Rect" in each:
        return True
    return _name(each, "/S") == "/URI" and not str(each.get("/URI", "")).strip().lower().startswith(_ADDRESSES)


def _name(each: Dictionary | Stream, key: str) -> str:
    value = each.get(key)
    return str(value) if isinstance(value, Name) else ""
