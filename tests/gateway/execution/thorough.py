"""Many more generated cases than the suite runs: `python -m tests.gateway.execution.thorough --examples 20000`."""

import argparse
import asyncio

from hypothesis import HealthCheck, given, seed, settings

from gateway.execution import Executor
from tests.gateway.execution.cases import cases
from tests.gateway.execution.differential import Case, compare
from tests.gateway.execution.toy_schema import schema


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given_ = parser.parse_args()
    runner = asyncio.Runner()

    @seed(given_.seed)
    @settings(max_examples=given_.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases())
    def run(case: Case) -> None:
        runner.run(compare(Executor(schema), case))

    run()


if __name__ == "__main__":
    main()
