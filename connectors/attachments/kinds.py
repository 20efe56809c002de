"""What files are, by what they hold: names and declared types are anybody's word."""

from enum import Enum


class FileKind(Enum):
    """What a case may have. `media_type` is what such a file is served as, `suffix` what its name ends in."""

    JPEG = ("image/jpeg", ".jpg")
    PNG = ("image/png", ".png")
    HEIC = ("image/heic", ".heic")
    PDF = ("application/pdf", ".pdf")

    def __init__(self, media_type: str, suffix: str) -> None:
        self.media_type = media_type
        self.suffix = suffix


_BOX = 12  # bytes of an ISO media file: size, 'ftyp', brand
_LONGEST_BOX = 256
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIF_BRANDS = frozenset({b"mif1", b"msf1"})  # of pictures in any coding, which the other brands tell


def kind_of(content: bytes) -> FileKind | None:
    """None: none of them, or another before it (a file that is two at once)."""
    if content.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    return FileKind.HEIC if _is_heic(content) else None


def _is_heic(content: bytes) -> bool:
    if len(content) < _BOX or content[4:8] != b"ftyp":
        return False
    brand = content[8:12]
    size = min(int.from_bytes(content[:4], "big"), _LONGEST_BOX)
    others = {content[start : start + 4] for start in range(16, size, 4)}
    return brand in _HEIC_BRANDS or (brand in _HEIF_BRANDS and bool(others & _HEIC_BRANDS))
