"""Composes what one gunicorn worker runs: its own registry, metrics and application."""

from __future__ import annotations

import atexit

from flask import Flask

from heads import config
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from trunkline.logs import configure_logging
from trunkline.otlp.opening import open_metrics_export, open_tracer


def application() -> Flask:
    """Compose the application after the fork: workers share nothing but the port."""
    settings = config.load_settings()
    configure_logging("heads", settings.log_level, settings.log_format)
    metrics = Metrics(shared=config.shares_metrics())
    atexit.register(metrics.flush)
    registry = Registry(
        settings.catalog,
        poll_interval_s=settings.poll_interval_s,
        retain_s=settings.retain_s,
        on_swap=metrics.swapped,
    )
    registry.start()
    tracer = open_tracer("heads", settings, metrics.spans)
    atexit.register(tracer.close)
    shared = config.shares_metrics()
    export = open_metrics_export("heads", settings, metrics.families, shared=shared)
    if export is not None:
        export.start()
        atexit.register(export.close)
    return create_app(settings, registry, metrics, tracer)
