"""Unique device identifiers (V5), of the three agencies that issue them."""

from schema.udi.carrier import Udi, UdiAgency, parse_udi

__all__ = ["Udi", "UdiAgency", "parse_udi"]
