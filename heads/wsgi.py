"""Composes what one gunicorn worker runs: its own registry, metrics and application."""

from __future__ import annotations

from flask import Flask

from heads import config, logs
from heads.metrics import Metrics
from heads.registry import Registry
from heads.service import create_app


def application() -> Flask:
    """Compose the application after the fork: workers share nothing but the port."""
    settings = config.load()
    logs.configure(settings.log_level)
    metrics = Metrics(shared=config.shared_metrics())
    registry = Registry(
        settings.catalog,
        poll_interval_s=settings.poll_interval_s,
        retain_s=settings.retain_s,
        on_swap=metrics.swapped,
    )
    registry.start()
    return create_app(settings, registry, metrics)
