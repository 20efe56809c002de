"""Pictures, written anew: what is not picture stays behind (places, names of devices, whatever was hidden in it)."""

import io

import pillow_heif
from PIL import Image, ImageOps

from connectors.attachments.kinds import FileKind
from connectors.attachments.outcome import Clean, Unfit, UnfitReason

MOST_PIXELS = 100_000_000
THUMBNAIL = 320
"""Pixels of a thumbnail's longer side."""

_FORMATS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.HEIC: "HEIF"}
_QUALITY = 90


def clean_image(content: bytes, kind: FileKind) -> Clean:
    """Upright, without metadata; HEIC, which not every browser shows, as JPEG. Of several pictures the first.

    Raises Unfit: it is no picture of that kind, or one of too many pixels.
    """
    # The size is looked at before anything is unpacked.
    Image.MAX_IMAGE_PIXELS = None
    pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unfit(UnfitReason.TOO_MANY_PIXELS)
            upright = ImageOps.exif_transpose(image)
            plain = _plain(upright, transparent=kind is FileKind.PNG)
    except Unfit:
        raise
    except Exception as error:  # Pillow's readers raise whatever they stumble over
        raise Unfit(UnfitReason.UNREADABLE) from error
    written = FileKind.PNG if kind is FileKind.PNG else FileKind.JPEG
    small = plain.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Clean(written.name, _encoded(plain, written), _encoded(_plain(small, transparent=False), FileKind.JPEG))


def _plain(image: Image.Image, *, transparent: bool) -> Image.Image:
    """Of one of three modes, the signs that its file held beside it gone."""
    see_through = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if see_through else "L" if image.mode in ("1", "L", "I", "I;16") else "RGB"
    plain = _eight_bits(image).convert(mode)
    if see_through and not transparent:
        white = Image.new("RGBA", plain.size, "white")
        plain = Image.alpha_composite(white, plain).convert("RGB")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    return fresh


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, which `convert` would cut off at 255."""
    return image.point(lambda value: value / 256).convert("L") if image.mode.startswith("I") else image


def _encoded(image: Image.Image, kind: FileKind) -> bytes:
    written = io.BytesIO()
    if kind is FileKind.PNG:
        image.save(written, "PNG")
    else:
        image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
