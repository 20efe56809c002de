"""How mails leave: to a real SMTP server, encrypted and authenticated; or into a folder."""

import datetime
import socket
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

from auth.notices import Notice
from gateway.mail.messages import render
from gateway.mail.sending import FolderSender, MailNotSent, SmtpSender, sender_of
from gateway.mail.settings import MailSettings
from tests.clock import MovedClock
from tests.gateway.mail.test_messages import NOW, SENDER, VALUES

MAIL = render(Notice.RESET, "pl", VALUES, to="ewa@clinic.example", sender=SENDER, at=NOW)


@dataclass
class Mailbox:
    """What the server took; it answers `answers` to whom a mail is for, where that says something."""

    mails: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # as above
        self.mails.append(envelope)
        return "250 OK"


class _Server(Controller):
    """With TLS from the start where it is told a context for that."""

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, signed by nobody, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Served:
    box: Mailbox
    port: int

    def settings(self, **changes: Any) -> MailSettings:  # Any: each setting has its own type
        usual = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": SENDER, "timeout": 2.0}
        return MailSettings.model_validate(usual | changes)

    async def send(self, **changes: Any) -> None:  # Any: as above
        await SmtpSender(self.settings(**changes)).send(MAIL)


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"portal", b"hunter2")
    return AuthResult(success=right)


@pytest.fixture(params=["none", "starttls", "tls"])
def smtp(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Served]]:
    """A server of each kind of encryption."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    box, port = Mailbox(), free_port()
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": port, "server_hostname": "localhost"}
    if request.param == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "authenticator": _login}
    if request.param == "tls":
        options |= {"ssl_context": context, "authenticator": _login, "auth_require_tls": False}
    controller = _Server(box, **options)
    controller.start()
    yield request.param, Served(box, port)
    controller.stop()


async def test_a_mail_arrives_as_it_was_written(smtp: tuple[str, Served], certificate: Path) -> None:
    kind, server = smtp
    own = {} if kind == "none" else {"user": "portal", "password": SecretStr("hunter2")}
    await server.send(security=kind, host="localhost", ca_file=str(certificate), **own)
    (arrived,) = server.box.mails
    assert arrived.rcpt_tos == ["ewa@clinic.example"]
    assert arrived.mail_from == "portal@maker.example"
    assert isinstance(arrived.content, bytes)
    read = message_from_bytes(arrived.content, policy=default)
    assert (read["subject"], read["message-id"]) == (MAIL["subject"], MAIL["message-id"])
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]


async def test_a_certificate_of_nobody_we_trust_gets_no_mail(smtp: tuple[str, Served]) -> None:
    kind, server = smtp
    if kind == "none":
        await server.send()
        return
    with pytest.raises(MailNotSent) as caught:
        await server.send(security=kind, host="localhost")
    assert not caught.value.permanent
    assert server.box.mails == []


async def test_a_wrong_password_sends_nothing_and_is_not_told(smtp: tuple[str, Served], certificate: Path) -> None:
    kind, server = smtp
    if kind == "none":
        return await test_what_the_server_says_of_the_recipient_decides(smtp, "550 no such user", True)
    with pytest.raises(MailNotSent) as caught:
        await server.send(
            security=kind, host="localhost", ca_file=str(certificate), user="portal", password=SecretStr("wrong-one")
        )
    assert "wrong-one" not in str(caught.value)
    assert server.box.mails == []
    return None


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("451 later", False)])
async def test_what_the_server_says_of_the_recipient_decides(
    smtp: tuple[str, Served], answer: str, permanent: bool
) -> None:
    kind, server = smtp
    if kind != "none":
        return
    server.box.answers["ewa@clinic.example"] = answer
    with pytest.raises(MailNotSent) as caught:
        await server.send()
    assert caught.value.permanent is permanent
    assert "clinic" not in str(caught.value)


async def test_a_server_that_is_away_or_silent_is_tried_later() -> None:
    with pytest.raises(MailNotSent) as caught:
        await Served(Mailbox(), free_port()).send()
    assert not caught.value.permanent
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(MailNotSent):
            await Served(Mailbox(), int(silent.getsockname()[1])).send(timeout=0.2)


async def test_into_a_folder_go_files_that_only_we_read_in_their_order(tmp_path: Path) -> None:
    clock, folder = MovedClock(), tmp_path / "var" / "mail"
    sender = FolderSender(folder, clock)
    for _ in range(3):
        await sender.send(MAIL)
        clock.forward(seconds=1)
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml"] * 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert files[0].read_bytes() == MAIL.as_bytes()
    assert files[0].name.startswith("20260601T120000")


async def test_a_folder_that_can_not_be_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailNotSent):
        await FolderSender(tmp_path / "file" / "mail", MovedClock()).send(MAIL)


def test_the_settings_choose() -> None:
    assert isinstance(sender_of(MailSettings(), MovedClock()), FolderSender)
    assert isinstance(sender_of(MailSettings(host="smtp.example"), MovedClock()), SmtpSender)


@pytest.mark.parametrize("sender", ["nobody", "", "a@b.example, c@d.example", "x\ny <a@b.example>"])
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(ValidationError):
        MailSettings(sender=sender)
