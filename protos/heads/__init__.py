"""Generated protobuf code lives below (see `make protos`)."""
