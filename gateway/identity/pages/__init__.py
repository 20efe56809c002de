"""The pages of signing in: plain HTML forms that need no script, in every language there is a catalogue for."""

from gateway.identity.pages.desk import Desk
from gateway.identity.pages.pages import Pages

__all__ = ["Desk", "Pages"]
