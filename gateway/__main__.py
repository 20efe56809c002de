"""`python -m gateway` is `portal`."""

from gateway.cli import main

main()
