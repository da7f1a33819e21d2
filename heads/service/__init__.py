"""The heads service: the WSGI application, its metrics, its start under gunicorn."""
