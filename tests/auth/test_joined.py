"""One request asks a source the same question once, and another request asks anew."""

import asyncio

import pytest

from auth.visibility.joined import JoinedReads
from connectors.errors import SourceFailed
from connectors.queries import AccountQuery, AccountScope


class Source:
    def __init__(self) -> None:
        self.asked: list[object] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def accounts(self, query: AccountQuery) -> str:
        self.asked.append(query)
        await self.gate.wait()
        if self.fails:
            raise SourceFailed("crm", "It broke.")
        return f"answer {len(self.asked)}"

    async def texts(self, keys: tuple[str, ...]) -> str:
        self.asked.append(keys)
        return f"texts {len(self.asked)}"


def query(*numbers: str) -> AccountQuery:
    return AccountQuery(scope=AccountScope(account_numbers=frozenset({"7", "8"})), numbers=numbers)


async def test_equal_questions_share_one_answer_at_the_same_time_and_later() -> None:
    source, reads = Source(), JoinedReads()
    first, second = await asyncio.gather(*(reads.read(source.accounts, query("1")) for _ in range(2)))
    assert first == second == await reads.read(source.accounts, query("1")) == "answer 1"
    assert len(source.asked) == 1


async def test_different_questions_are_asked_each() -> None:
    source, reads = Source(), JoinedReads()
    for numbers in [(), ("1",), ("1", "2")]:
        await reads.read(source.accounts, query(*numbers))
    await reads.read(source.texts, ("1",))
    assert len(source.asked) == 4


async def test_the_same_question_to_another_source_is_another_question() -> None:
    one, other, reads = Source(), Source(), JoinedReads()
    await reads.read(one.accounts, query("1"))
    await reads.read(other.accounts, query("1"))
    assert (len(one.asked), len(other.asked)) == (1, 1)


@pytest.mark.rule("R10")
async def test_another_request_asks_anew() -> None:
    source = Source()
    assert await JoinedReads().read(source.accounts, query("1")) == "answer 1"
    assert await JoinedReads().read(source.accounts, query("1")) == "answer 2"


async def test_a_failure_is_one_failure_for_the_whole_request() -> None:
    source, reads = Source(), JoinedReads()
    source.fails = True
    for _ in range(2):
        with pytest.raises(SourceFailed):
            await reads.read(source.accounts, query("1"))
    assert len(source.asked) == 1


async def test_who_stops_waiting_does_not_end_the_read_for_others() -> None:
    source, reads = Source(), JoinedReads()
    source.gate.clear()
    impatient, patient = (asyncio.ensure_future(reads.read(source.accounts, query("1"))) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    source.gate.set()
    assert await patient == "answer 1"


async def test_what_is_under_way_when_the_request_ends_is_cancelled() -> None:
    source, reads = Source(), JoinedReads()
    source.gate.clear()
    waiting = asyncio.ensure_future(reads.read(source.accounts, query("1")))
    await asyncio.sleep(0)
    reads.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
