"""The REST gateway: one email in, one decision with every head's scores out."""
