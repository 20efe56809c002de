"""What `make bench` writes: ratios, goals reached or missed, and a picture that can be read."""

from xml.etree import ElementTree

from benchmarks.picture import growth
from benchmarks.query import leaves
from benchmarks.report import CACHED, GATEWAY, STRAWBERRY, goals, page
from benchmarks.rounds import Result, Scenario


def result(rate: float, cpu: float = 1.0, p50: float = 10.0, p99: float = 20.0) -> Result:
    return Result(rate, p50=p50, p99=p99, cpu=cpu, memory=100.0, calls=4.0, kilobytes=200.0)


BUSY = {GATEWAY: result(400.0), CACHED: result(900.0), STRAWBERRY: result(20.0), "Apollo Server": result(80.0)}
RESULTS = {
    Scenario(100, 16, 0.0): BUSY,
    Scenario(100, 1, 0.02): {GATEWAY: result(20.0, p50=43.0)},
    Scenario(10, 16, 0.0): {GATEWAY: result(1000.0, cpu=1.0)},
    Scenario(1000, 16, 0.0): {GATEWAY: result(40.0, cpu=71.0)},
}
LEAVES = {10: 150, 100: 1_500, 1000: 15_150}


def test_goals_are_ratios_of_one_run_and_say_what_was_missed() -> None:
    told = {goal.what: (goal.measured, goal.reached) for goal in goals(RESULTS, LEAVES)}
    assert told[f"{GATEWAY} against {STRAWBERRY}, queries a second"] == ("20.0 ×", False)
    assert told[f"{GATEWAY} against Apollo Server, queries a second"] == ("5.0 ×", False)
    assert told[f"{CACHED} against {GATEWAY}, queries a second"] == ("2.2 ×", True)
    assert told["p99 against p50, 16 at a time"] == ("2.0", True)
    assert told["p50 over the floor of two levels at 20 ms"] == ("3.0 ms", True)
    assert told["CPU of a further leaf"] == ("4.7 µs", True)
    assert not any("Hive" in what for what in told)  # it was not measured


def test_the_page_shows_every_variant_against_ours() -> None:
    text = page(RESULTS, LEAVES)
    assert "| Apollo Server | 80.0 | 5.00 × | 10.0 | 20.0 | 1.00 | 100 | 4.0 | 200 |" in text
    assert "**missed**" in text
    assert "do **not** check a token" in text


def test_the_picture_is_an_image_with_every_variant_named() -> None:
    costs = {"gateway": {10: 1.0, 100: 5.0, 1000: 60.0}, "a & b": {10: 4.0, 100: 30.0}, "none": {}}
    root = ElementTree.fromstring(growth(costs))  # noqa: S314 - of our own making
    names = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"gateway", "a & b", "10", "100", "1000", "assets"} <= set(names)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_leaves_are_counted_wherever_they_hang() -> None:
    assert leaves({"a": [{"b": 1, "c": None}, {"b": 2, "c": "x"}], "d": []}) == 4
