"""Sends a service's traces and metrics to a collector by OTLP over HTTP, where one is set."""
