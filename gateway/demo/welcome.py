"""What the demo tells once it answers: where, as whom, and what to ask first."""

import json
import os
import shutil
import sys
from pathlib import Path
from textwrap import indent

from gateway.demo.dashboard import PATH, is_built
from gateway.demo.people import PASSWORD
from gateway.demo.personas import personas
from gateway.demo.settings import CLIENT_SECRET, Addresses

GUEST = "manager@north.example"
"""Who asks in the examples: sees a whole group of hospitals."""

QUERIES = {
    "What of my equipment is down, what is open on it, and does a contract cover it?": """\
{
  installedProducts(filter: { operationalState: [DOWN] }) {
    totalCount
    nodes {
      assetId description customName functionalLocationDescription
      cases(filter: { open: true }) { nodes { number priorityLabel statusLabel description } }
      contractLines { contractNumber endDate expiryStatus }
    }
  }
}""",
    "Which open cases are the most urgent, and what was done about them?": """\
{
  cases(filter: { open: true }, orderBy: [{ field: PRIORITY }], first: 5) {
    totalCount
    nodes {
      number priorityLabel statusLabel createdAt
      installedProduct { assetId description operationalStateLabel }
      activities { typeLabel text at }
    }
  }
}""",
    "Which contracts run out within 90 days, and what do they cover?": """\
{
  serviceContracts(filter: { expiryStatus: [RED, YELLOW] }, orderBy: [{ field: END_DATE }]) {
    nodes {
      number description endDate expiryStatusLabel
      lines { number description installedProduct { assetId description } }
    }
  }
}""",
}

FIRST_QUERY = next(iter(QUERIES.values()))


def welcome(address: str, port: int, systems: Addresses) -> str:
    """The text. Its first line is for programs that wait for it: `ready` and the address of the graph."""
    known = personas().values()
    width = max(len(each.name) for each in known)
    people = [f"  {each.name:{width}}  {each.role:8}  {each.about}" for each in known]
    questions = [indent(f"# {title}\n{query}\n", "  ") for title, query in QUERIES.items()]
    return "\n".join(
        [
            f"ready {address}",
            "",
            "Open the address in a browser for GraphiQL. Ctrl-C ends the demo.",
            "",
            f"Personas: '{_command()} demo-token NAME' prints an access token of one.",
            *people,
            "",
            f"People sign in with the password {PASSWORD} at http://127.0.0.1:{port}/sign-in; partners with the client",
            f"secret {CLIENT_SECRET} at /oauth/token. Mails are at http://127.0.0.1:{port}/demo/mail.",
            *_dashboard(port),
            "",
            'The simulated systems. GET /_simulator tells what one was asked; POST {"fail": 503} there breaks it, and',
            "DELETE mends it:",
            *(f"  {name:{width}}  {getattr(systems, name)}" for name in systems.__struct_fields__),
            "",
            "Queries to try:",
            *questions,
            "The first one from a terminal:",
            _curl(address, port),
        ]
    )


def _dashboard(port: int) -> list[str]:
    if is_built():
        return [f"The example dashboard, built on the graph alone: http://127.0.0.1:{port}{PATH}/"]
    return ["`make dashboard` builds the example dashboard (examples/dashboard); the demo serves it from then on."]


def _curl(address: str, port: int) -> str:
    query = " ".join(FIRST_QUERY.split())
    return "\n".join(
        [
            f"  curl -s {address} \\",
            f'    -H "Authorization: Bearer $({_command()} demo-token {GUEST} --port {port})" \\',
            "    -H 'Content-Type: application/json' \\",
            f"    -d '{json.dumps({'query': query})}'",
        ]
    )


def _command() -> str:
    """How to call this command again from where the person is."""
    if shutil.which("portal"):
        return "portal"
    command = Path(sys.argv[0])
    return (
        os.path.relpath(command) if command.name == "portal" and command.is_file() else f"{sys.executable} -m gateway"
    )
