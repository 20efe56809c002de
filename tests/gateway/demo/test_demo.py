"""The demo as a person runs it: one command, ready within seconds, gone at once."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli import app as portal
from gateway.demo.welcome import QUERIES

MANAGER = "manager@north.example"

run = CliRunner().invoke


@dataclass
class Demo:
    process: subprocess.Popen[str]
    said: list[str]
    folder: Path

    @property
    def url(self) -> str:
        return next(line for line in self.said if line.startswith("ready ")).removeprefix("ready ")

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/graphql")

    @property
    def port(self) -> str:
        return self.origin.rpartition(":")[2]

    def token(self, name: str) -> str:
        return str(httpx.post(f"{self.origin}/demo/token", json={"name": name}).json()["token"])

    def ask(self, who: str, query: str) -> dict[str, object]:
        headers = {"authorization": f"Bearer {self.token(who)}"}
        answer = httpx.post(self.url, json={"query": query}, headers=headers).json()
        assert "errors" not in answer, answer
        found: dict[str, object] = answer["data"]
        return found

    def simulators(self) -> list[int]:
        """The processes that the demo started."""
        return children(self.process.pid)

    def rest(self) -> str:
        """What it said after its welcome, once it ended."""
        assert self.process.stdout is not None
        return self.process.stdout.read()


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`portal demo`, which keeps its state below `folder`; killed in the end where it still runs."""
    with subprocess.Popen(  # noqa: S603  # the command under test
        [sys.executable, "-m", "gateway", "demo", "--port", "0", *arguments],
        env=os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def ready(folder: Path, *arguments: str) -> Iterator[Demo]:
    with started(folder, *arguments) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.rstrip())
            if "-d '" in line:  # the last line of the welcome
                break
        yield Demo(process, said, folder)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def all_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(lives(pid) for pid in pids)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with ready(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def beside(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process looks for demos where that one keeps its state."""
    monkeypatch.setattr(tempfile, "tempdir", str(demo.folder))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process finds no demo."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_says_where_it_is_as_whom_to_ask_and_what(demo: Demo) -> None:
    text = "\n".join(demo.said)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/graphql", demo.url)
    for word in (MANAGER, "partner-north", "demo-token", "curl", *QUERIES):
        assert word in text


@pytest.mark.parametrize("title", QUERIES)
def test_the_queries_it_names_are_answered(demo: Demo, title: str) -> None:
    (connection,) = demo.ask(MANAGER, QUERIES[title]).values()
    assert isinstance(connection, dict)
    assert connection["nodes"]


def test_the_curl_command_it_names_works(demo: Demo) -> None:
    first = next(number for number, line in enumerate(demo.said) if line.startswith("  curl"))
    command = ["/bin/bash", "-c", "\n".join(demo.said[first:])]
    environment = os.environ | {"TMPDIR": str(demo.folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(done.stdout)["data"]["installedProducts"]["totalCount"] == 3


@pytest.mark.rule("R5")
def test_the_managers_own_data_about_equipment_is_there(demo: Demo) -> None:
    query = '{ installedProduct(assetId: "10000001") { customName customData { updatedBy } } }'
    assert demo.ask(MANAGER, query)["installedProduct"] == {
        "customName": "Rezonans główny",
        "customData": {"updatedBy": MANAGER},
    }


@pytest.mark.usefixtures("beside")
def test_a_token_can_be_had_from_another_process(demo: Demo) -> None:
    token = run(portal, ["demo-token", "READER@north.example", "--port", demo.port]).stdout.strip()
    answer = httpx.post(
        demo.url, json={"query": "{viewer{email}}"}, headers={"authorization": f"Bearer {token}"}
    ).json()
    assert answer["data"] == {"viewer": {"email": "reader@north.example"}}


@pytest.mark.usefixtures("beside", "demo")
def test_an_unknown_persona_is_told_whom_there_is() -> None:
    done = run(portal, ["demo-token", "nobody@north.example"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "reader@north.example" in done.stderr


@pytest.mark.usefixtures("beside", "demo")
def test_another_port_has_no_demo() -> None:
    done = run(portal, ["demo-token", "reader@north.example", "--port", "1"])
    assert done.exit_code == 1
    assert "no demo is running on port 1" in done.stderr


@pytest.mark.usefixtures("beside")
def test_a_port_that_is_taken_is_told(demo: Demo) -> None:
    done = run(portal, ["demo", "--port", demo.port])
    assert done.exit_code == 1
    assert done.stderr == f"port {demo.port} is taken. Choose another: portal demo --port {int(demo.port) + 1}\n"


def test_the_page_is_offered_the_personas(demo: Demo) -> None:
    known = {persona["name"]: persona["role"] for persona in httpx.get(f"{demo.origin}/demo/personas").json()}
    assert known["partner-north"] == "partner"
    assert demo.ask("partner-north", "{viewer{role}}") == {"viewer": {"role": "PARTNER"}}
    assert httpx.post(f"{demo.origin}/demo/token", json={"name": "nobody"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"host": "127.0.0.1.evil.example:80"}, {"content-type": "text/plain"}],
    ids=str,
)
def test_a_page_of_another_site_gets_no_token(demo: Demo, headers: dict[str, str]) -> None:
    asked = {"content-type": "application/json"} | headers
    answer = httpx.post(f"{demo.origin}/demo/token", content=b'{"name": "partner-north"}', headers=asked)
    assert answer.status_code == 403


def test_what_it_keeps_is_the_users_alone(demo: Demo) -> None:
    (folder,) = demo.folder.glob("portal-demo-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    (state,) = folder.glob("*.json")
    assert state.stat().st_mode & 0o777 == 0o600


def test_it_ends_at_once_on_ctrl_c_and_leaves_nothing_behind(alone: Path) -> None:
    with ready(alone, "--assets", "120") as demo:
        found = demo.ask("analyst@maker.example", "{ installedProducts { totalCount } }")
        assert found == {"installedProducts": {"totalCount": 120}}
        simulators = demo.simulators()
        assert len(simulators) == 1
        began = time.monotonic()
        os.killpg(demo.process.pid, signal.SIGINT)
        assert demo.process.wait(10) == 0
        assert time.monotonic() - began < 3
        assert all_gone(simulators)
        assert demo.rest() == ""
    (folder,) = alone.glob("portal-demo-*")
    assert list(folder.iterdir()) == []


def test_a_demo_that_is_killed_leaves_no_process_and_no_token(alone: Path) -> None:
    with ready(alone) as demo:
        simulators = demo.simulators()
        demo.process.kill()
        demo.process.wait(10)
    assert all_gone(simulators)
    assert "no demo is running" in run(portal, ["demo-token", MANAGER]).stderr
    (folder,) = alone.glob("portal-demo-*")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_a_demo_that_is_ended_while_it_starts_says_nothing(tmp_path: Path, end: signal.Signals) -> None:
    with started(tmp_path) as process:
        while not children(process.pid):
            time.sleep(0.02)
        os.killpg(process.pid, end)
        said, _ = process.communicate(timeout=10)
    assert process.returncode in (0, -end)  # by itself, or by the signal where that came before it was listened to
    assert said == ""


@pytest.mark.usefixtures("alone")
def test_without_a_demo_there_are_no_tokens() -> None:
    done = run(portal, ["demo-token", MANAGER])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "no demo is running: start one with `portal demo` or `make run`\n"


def test_a_folder_that_others_can_write_to_is_not_used(alone: Path) -> None:
    folder = alone / f"portal-demo-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    done = run(portal, ["demo-token", MANAGER])
    assert done.exit_code == 1
    assert "is not a folder of yours alone" in done.stderr
