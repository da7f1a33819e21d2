"""The WSGI application of one gunicorn worker, made in that worker from its settings."""

from flask import Flask

from embedder.client import EmbedderClient
from gateway.app import Gateway
from gateway.config import Settings, load_settings
from gateway.events import configure_logging
from heads.pool import LocalPool, RemotePool
from heads.prediction import Pool
from heads.registry import Registry

_current: Gateway | None = None


def application() -> Flask:
    """Return this process's application; gunicorn calls it once in each worker."""
    global _current
    settings = load_settings()
    configure_logging(settings.log_level)
    _current = Gateway(settings, EmbedderClient(settings.embedder), _pool(settings))
    return _current.app


def close() -> None:
    """Close this process's application, if it was made."""
    if _current is not None:
        _current.close()


def _pool(settings: Settings) -> Pool:
    if settings.heads == "local":
        return LocalPool(Registry(settings.catalog))
    return RemotePool(settings.heads)
