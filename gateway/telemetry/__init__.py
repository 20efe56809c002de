"""What the gateway tells of itself from outside: traces (OpenTelemetry) and metrics (Prometheus)."""
