"""The systems as the benchmarks meet them: what the simulators answered, answered again in microseconds."""
