"""The services' gunicorn worker: threads for whole requests alone, admission by time waited."""
