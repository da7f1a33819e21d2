"""Clients that make load: closed and open loops over HTTP and gRPC, and Locust."""
