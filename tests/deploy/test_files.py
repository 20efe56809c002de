"""What stands in deploy/ names what there is."""

import json
import re
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry

from connectors.transport.cache import CacheMetrics
from gateway.load.settings import LoadSettings
from gateway.load.turns import Turns
from gateway.telemetry.metrics import GatewayMetrics

DEPLOY = Path(__file__).parents[2] / "deploy"
_METRIC = re.compile(r"\bportal_[a-z_]+")


def known() -> set[str]:
    registry = CollectorRegistry()
    GatewayMetrics(registry, Turns(LoadSettings()))
    CacheMetrics(registry)
    names = {metric.name: metric.type for metric in registry.collect()}
    return {
        name + suffix
        for name, kind in names.items()
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(kind, ("",))
    }


def test_alerts_and_dashboard_ask_for_metrics_that_there_are() -> None:
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    expressions = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    panels = json.loads((DEPLOY / "grafana" / "portal-gateway.json").read_text())["panels"]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for expression in expressions for name in _METRIC.findall(expression)}
    assert len(asked) > 12
    assert asked <= known()


def test_each_alert_says_what_to_look_at() -> None:
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    for group in alerts["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"].keys() == {"summary", "look"}


def test_compose_and_nginx_name_the_same_gateways() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    named = set(re.findall(r"server (gateway-\d):8000", (DEPLOY / "nginx.conf").read_text()))
    assert named == {name for name in services if name.startswith("gateway-")}
    for name in named:
        assert services[name]["read_only"] is True


def test_nothing_runs_as_root() -> None:
    assert "USER 10001" in (DEPLOY / "Containerfile").read_text()
    chart = (DEPLOY / "helm" / "portal-gateway" / "templates" / "deployment.yaml").read_text()
    for line in ("runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false"):
        assert line in chart
