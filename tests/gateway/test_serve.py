"""`portal serve` as an orchestrator runs it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.portal import Systems
from tests.served import NO_TLS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_it_answers(address: str) -> httpx.Response:
    deadline = time.monotonic() + 30
    while True:
        try:
            return httpx.get(address, verify=NO_TLS)
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_it_answers_by_its_settings_and_ends_by_a_signal(tmp_path: Path, systems: Systems) -> None:
    (tmp_path / "portal.toml").write_text(
        f"""
        [[identity.issuers]]
        issuer = "http://127.0.0.1:{free_port()}"
        [systems.crm]
        connector = "salesforce_installed_base"
        url = "{systems.urls["crm"]}"
        client_id = "portal-demo"
        client_secret = {{ env = "CRM_SECRET" }}
        """,
        encoding="utf-8",
    )
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORTAL__SERVER__PORT": str(port), "CRM_SECRET": "portal-demo-secret"}
    command = [sys.executable, "-m", "gateway", "serve"]
    with subprocess.Popen(  # noqa: S603  # the command under test
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert until_it_answers(f"{address}/healthz").json() == {"alive": True}
            assert httpx.get(f"{address}/readyz").json()["systems"]["crm"]["reachable"] is True
            assert httpx.get(f"{address}/demo/personas").status_code == 404
            assert httpx.post(f"{address}/demo/token", json={"name": "partner-north"}).status_code == 404
            assert httpx.post(f"{address}/graphql", json={"query": "{ __typename }"}).status_code == 401
            process.send_signal(signal.SIGTERM)
            said, logged = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "")
    assert all(line.startswith("{") for line in logged.splitlines())
    assert '"path": "/graphql"' in logged
    assert "Traceback" not in logged
