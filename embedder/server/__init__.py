"""The gRPC service: servicer, truthful health, start and drain."""
