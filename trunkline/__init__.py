"""The ground under the three services: settings, logs, traces, metrics, gunicorn, memory."""
