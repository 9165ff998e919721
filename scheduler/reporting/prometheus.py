"""The status as Prometheus reads it: a page of plain text with one number a line."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from scheduler.reporting.status import Status


def page(here: Status) -> str:
    """Return the status in Prometheus's text format. Moments are seconds since 1970, states by the words of the ledger."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(here))
    return generate_latest(registry).decode()


class _Numbers:
    """Hands the numbers of one status to Prometheus's own writer."""

    def __init__(self, here: Status) -> None:
        self.here = here

    def collect(self) -> Iterator[Metric]:
        here = self.here
        yield GaugeMetricFamily("loa_well", "1: nothing needs a person", value=here.well)
        deliveries = GaugeMetricFamily("loa_deliveries", "deliveries in each state", labels=["state"])
        for state, n in here.deliveries.items():
            deliveries.add_metric([state], n)
        yield deliveries
        troubles = GaugeMetricFamily("loa_trouble", "what needs a person", labels=["name"])
        for name in sorted({trouble.name for trouble in here.troubles}):
            troubles.add_metric([name], 1)
        yield troubles
        holds = GaugeMetricFamily("loa_hold", "holds in force", labels=["scope", "value"])
        for hold in here.holds:
            holds.add_metric([hold["scope"], hold["value"]], 1)
        yield holds
        yield GaugeMetricFamily("loa_running", "1: a daemon works on this ledger", value=here.daemon["running"])
        if (worked := here.last_work) is not None:
            yield GaugeMetricFamily("loa_last_work_seconds", "when work was last done", value=worked.timestamp())
        if here.next_due is not None:
            yield GaugeMetricFamily("loa_next_due_seconds", "when the next is due", value=here.next_due.timestamp())
