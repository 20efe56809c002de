"""A process of its own for one file: what breaks a reader of pictures or PDFs breaks nothing else.

`python -m connectors.attachments.cleaning KIND` reads the file from its input and writes the outcome (MessagePack).
"""

import resource
import sys

import msgspec

from connectors.attachments.kinds import FileKind
from connectors.attachments.outcome import Clean, Unfit

MOST_MEMORY = 3 * 1024**3  # bytes of address space
MOST_SECONDS = 30  # of a processor


class Outcome(msgspec.Struct, frozen=True):
    """One of both. `unfit` is the name of an UnfitReason."""

    clean: Clean | None = None
    unfit: str | None = None


def clean(kind: FileKind, content: bytes) -> Outcome:
    # Each reader is imported where it is needed: both take a while.
    try:
        if kind is FileKind.PDF:
            from connectors.attachments.pdfs import clean_pdf

            return Outcome(clean=clean_pdf(content))
        from connectors.attachments.images import clean_image

        return Outcome(clean=clean_image(content, kind))
    except Unfit as unfit:
        return Outcome(unfit=unfit.reason.name)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to its output alone
    outcome = clean(FileKind[sys.argv[1]], sys.stdin.buffer.read())
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))


if __name__ == "__main__":
    main()
