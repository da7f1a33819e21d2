"""How it is asked: closed and open loops over HTTP and gRPC, and Locust."""
