"""What it takes to read 500 contracts with 2,000 lines: zeep's objects against our records, whole and as far as a
dashboard wants them. `PYTHONPATH=. python -m benchmarks.soap_reading`; interleaved rounds, medians."""

import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from lxml import etree
from pydantic import SecretStr

from connectors.queries import AccountScope, ContractQuery
from connectors.systems.soap_contracts.client import WSDL
from connectors.systems.soap_contracts.connector import MANIFEST, SoapContracts
from connectors.transport.soap_answers import read_answer
from connectors.transport.soap_requests import load_service

CONTRACTS, LINES, ROUNDS = 500, 4, 7
OPERATION = "Z_SCV_CONTRACT_GETLIST"
WANTED = frozenset({"number", "description", "asset_id", "end_date", "open_ended"})


def main() -> None:
    body = answer().encode()
    zeep = zeep_reader()
    connector = MANIFEST.connect(
        "contracts",
        MANIFEST.settings.model_validate({"url": "http://127.0.0.1:1", "user": "u", "password": SecretStr("none")}),
        lambda: datetime.now(UTC),
    )
    if not isinstance(connector, SoapContracts):
        sys.exit("the connector is another one")
    everyone = AccountScope(unrestricted=True)
    whole = connector._read_contracts(ContractQuery(scope=everyone, numbers=("1",)))
    wanted = connector._read_contracts(
        ContractQuery(scope=everyone, numbers=("1",), fields=frozenset(), line_fields=WANTED)
    )
    variants: dict[str, Callable[[], object]] = {
        "zeep's objects": lambda: zeep(body),
        "records, whole": lambda: whole(read_answer("contracts", OPERATION, body)),
        "records, as wanted": lambda: wanted(read_answer("contracts", OPERATION, body)),
    }
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(ROUNDS):
        for name, read in variants.items():
            began = perf_counter()
            read()
            taken[name].append(perf_counter() - began)
    slowest = statistics.median(taken["zeep's objects"])
    for name, times in taken.items():
        middle = statistics.median(times)
        sys.stdout.write(f"{name:20} {middle * 1000:8.1f} ms   {slowest / middle:6.1f} ×\n")


def zeep_reader() -> Callable[[bytes], object]:
    """zeep's own reading of an answer."""
    binding: Any = load_service(WSDL, "1.1")._binding  # Any: zeep has no types
    operation = binding.get(OPERATION)

    def read(body: bytes) -> object:
        root = etree.fromstring(body)
        return operation.process_reply(root)

    return read


def answer() -> str:
    contracts = "".join(_contract(number) for number in range(CONTRACTS))
    lines = "".join(_line(number, line) for number in range(CONTRACTS) for line in range(LINES))
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<n0:{OPERATION}Response xmlns:n0="urn:sap-com:document:sap:rfc:functions"><ET_CONTRACT>{contracts}'
        f"</ET_CONTRACT><ET_ITEM>{lines}</ET_ITEM><ET_RETURN></ET_RETURN><EV_TOTAL>{CONTRACTS}</EV_TOTAL>"
        f"</n0:{OPERATION}Response></s:Body></s:Envelope>"
    )


def _contract(number: int) -> str:
    return (
        f"<item><VBELN>00400{number:05}</VBELN><KTEXT>Umowa serwisowa {number}</KTEXT><AUART>WV</AUART>"
        f"<KUNNR>00071{number % 90:05}</KUNNR><KUNWE>00071{number % 90:05}</KUNWE><BSTNK>PO/{number}</BSTNK>"
        f"<VBEGDAT>2024-01-{number % 28 + 1:02}</VBEGDAT><VENDDAT>2027-01-{number % 28 + 1:02}</VENDDAT>"
        "<VKUEDAT>0000-00-00</VKUEDAT><NETWR>24800.00</NETWR><WAERK>PLN</WAERK><STATUS>ACTV</STATUS>"
        "<AEDAT>2026-07-29</AEDAT><AEZET>14:30:00</AEZET></item>"
    )


def _line(number: int, line: int) -> str:
    return (
        f"<item><VBELN>00400{number:05}</VBELN><POSNR>{line * 10:06}</POSNR><ARKTX>MR gold {line}</ARKTX>"
        f"<MATNR>SVC-GOLD</MATNR><EQUNR>{10_000_000 + number * LINES + line:018}</EQUNR>"
        f"<SERNR>MR{number:05}</SERNR><VBEGDAT>2024-01-01</VBEGDAT><VENDDAT>2026-12-{line + 1:02}</VENDDAT>"
        "<SLA_RESP>004</SLA_RESP><UPTIME_PCT>98.50</UPTIME_PCT><UPTIME_REPORT>X</UPTIME_REPORT><ABGRU></ABGRU></item>"
    )


if __name__ == "__main__":
    main()
