"""A second level behind the in-process cache: vectors in Redis or Valkey, shared by replicas."""
