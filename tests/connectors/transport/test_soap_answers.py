"""The reader of SOAP answers takes what other stacks write, and refuses what is no SOAP."""

import pytest

from connectors.errors import ConnectorError, SourceFailed, SourceMisanswered, SourceMisconfigured, SourceRejected
from connectors.transport.soap_answers import SoapAnswer, read_answer
from connectors.transport.soap_faults import RETURN_FIELDS, ReturnedError, clean_message, raise_for_return

OPERATION = "Z_READ"
SOAP_1_1, SOAP_1_2 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"


def read(content: str, namespace: str = SOAP_1_1, prolog: str = "") -> SoapAnswer:
    body = f'{prolog}<q:Envelope xmlns:q="{namespace}"><q:Header/><q:Body>{content}</q:Body></q:Envelope>'
    return read_answer("contracts", OPERATION, body.encode())


@pytest.mark.parametrize("namespace", [SOAP_1_1, SOAP_1_2])
@pytest.mark.parametrize(
    "content",
    [
        '<n0:Z_READResponse xmlns:n0="urn:x"><ET_A><item><K>1</K><T>a</T></item></ET_A></n0:Z_READResponse>',
        '<Z_READResponse xmlns="urn:x"><ET_A><item><K>1</K><T>a</T></item></ET_A></Z_READResponse>',
        '<p:Z_READ.Response xmlns:p="urn:y">\n <p:ET_A>\n  <p:item><p:K>1</p:K><p:T><![CDATA[a]]></p:T></p:item>\n '
        "</p:ET_A>\n</p:Z_READ.Response>",
        "<Z_READResponse><!-- made by hand --><ET_A><item><K>1</K><T><?no matter?>a</T></item></ET_A></Z_READResponse>",
    ],
)
def test_prefixes_qualification_and_whitespace_do_not_matter(content: str, namespace: str) -> None:
    assert read(content, namespace).table("ET_A") == [{"K": "1", "T": "a"}]


def test_what_is_missing_nil_or_closed_reads_as_empty() -> None:
    answer = read(
        '<Z_READResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<ET_A/><ES_B><T xsi:nil="true"/></ES_B></Z_READResponse>'
    )
    assert (answer.table("ET_A"), answer.table("ET_C"), answer.count("ET_A")) == ([], [], 0)
    assert (answer.structure("ES_B"), answer.structure("ES_C")) == ({"T": ""}, {})
    assert answer.value("EV_TOTAL") == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Logon</body></html>", b"not xml", b"<Envelope/>", b"<Envelope><Body/></Envelope>", b"\xff\xfe"],
)
def test_what_is_no_soap_message_is_told_as_that(body: bytes) -> None:
    with pytest.raises(SourceMisanswered):
        read_answer("contracts", OPERATION, body)


def test_the_answer_to_another_operation_is_refused() -> None:
    with pytest.raises(SourceMisanswered):
        read("<Z_OTHERResponse/>")


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_a_document_type_is_refused(prolog: str) -> None:
    with pytest.raises(SourceMisanswered, match="document type"):
        read("<Z_READResponse/>", prolog=prolog)


EXCEPTION = "<n0:ZSCV.Exception xmlns:n0='urn:x'><Name>{0}</Name><Text>{1}</Text></n0:ZSCV.Exception>"
FAULT_1_1 = "<q:Fault><faultcode>q:{0}</faultcode><faultstring>words</faultstring><detail>{1}</detail></q:Fault>"
FAULT_1_2 = (
    "<q:Fault><q:Code><q:Value>q:{0}</q:Value></q:Code><q:Reason><q:Text xml:lang='en'>words</q:Text></q:Reason>"
    "<q:Detail>{1}</q:Detail></q:Fault>"
)


def fault(content: str, namespace: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(content, namespace)
    return caught.value


@pytest.mark.parametrize(("form", "namespace"), [(FAULT_1_1, SOAP_1_1), (FAULT_1_2, SOAP_1_2)])
class TestFaults:
    def test_an_exception_is_the_systems_own_no(self, form: str, namespace: str) -> None:
        error = fault(form.format("Server", EXCEPTION.format("NO_DATA", "Contract is\n archived")), namespace)
        assert isinstance(error, SourceRejected)
        assert (error.message, error.code) == ("Contract is archived", "NO_DATA")

    def test_an_exception_without_text_falls_back_on_the_reason(self, form: str, namespace: str) -> None:
        error = fault(form.format("Server", EXCEPTION.format("NO_DATA", "")), namespace)
        assert error.message == "words"

    @pytest.mark.parametrize("name", ["SYSTEM_FAILURE", "COMMUNICATION_FAILURE", "CX_SY_OPEN_SQL_DB", "TIMEOUT"])
    def test_trouble_inside_the_system_is_its_failure(self, form: str, namespace: str, name: str) -> None:
        error = fault(form.format("Server", EXCEPTION.format(name, "host db7 is gone")), namespace)
        assert isinstance(error, SourceFailed)
        assert "db7" not in error.message
        assert "db7" in error.detail

    @pytest.mark.parametrize("code", ["Client", "Sender", "Client.Authentication", "MustUnderstand"])
    def test_a_senders_fault_is_ours(self, form: str, namespace: str, code: str) -> None:
        assert isinstance(fault(form.format(code, ""), namespace), SourceMisconfigured)

    @pytest.mark.parametrize("code", ["Server", "Receiver", "Anything"])
    def test_any_other_fault_is_the_systems(self, form: str, namespace: str, code: str) -> None:
        assert isinstance(fault(form.format(code, ""), namespace), SourceFailed)


def returned(**texts: str) -> list[str]:
    """A row of ET_RETURN."""
    return [texts.get(name, "") for name in RETURN_FIELDS]


@pytest.mark.parametrize("kind", ["E", "A", " e "])
def test_an_error_row_is_a_refusal_with_its_code(kind: str) -> None:
    rows = [
        returned(TYPE="W", MESSAGE="careful"),
        returned(TYPE=kind, ID="ZSCV", NUMBER="011", MESSAGE="Enter  a key", PARAMETER="IT_KUNNR"),
    ]
    with pytest.raises(ReturnedError) as caught:
        raise_for_return("contracts", rows)
    assert (caught.value.message, caught.value.code) == ("Enter a key", "ZSCV011")


def test_warnings_information_and_success_are_no_failures() -> None:
    raise_for_return("contracts", [returned(TYPE=kind, MESSAGE="words") for kind in "WIS"] + [returned()])


def test_an_error_row_without_a_message_speaks_by_its_variables() -> None:
    with pytest.raises(SourceRejected, match="Account 12"):
        raise_for_return("contracts", [returned(TYPE="E", MESSAGE_V1="Account", MESSAGE_V2="12")])


def test_a_systems_words_carry_no_address_no_control_characters_and_an_end() -> None:
    cleaned = clean_message("See\thttps://sap-internal.example:44300/x\x07 " + "x" * 500)
    assert cleaned.startswith("See … xxx")
    assert len(cleaned) == 220
    assert clean_message(" \n") == "refused the call"
