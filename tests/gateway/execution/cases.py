"""Hypothesis-generated cases: a document, the rows it is run over, and what is wrong with them."""

from hypothesis import strategies as st

from tests.gateway.execution.differential import Case
from tests.gateway.execution.documents import documents
from tests.gateway.execution.faults import FAULTS
from tests.gateway.execution.toy_schema import schema

_FAILING = ("maker", "boxes", "kin", "kinMaybe", "score", "strictScore", "soleMaker", "slow", "roots")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    document = draw(documents(schema._schema))
    rate = draw(st.sampled_from([0, 0, 5, 20, 60, 200]))
    kinds = draw(st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4)) if rate else []
    failing = draw(st.lists(st.sampled_from(_FAILING), max_size=2)) if draw(st.booleans()) else []
    seed = draw(st.integers(0, 1000))
    return Case(*document, seed=seed, rate=rate, kinds=tuple(kinds), failing=tuple(failing))
