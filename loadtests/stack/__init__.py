"""Targets of load: a stack of its own or a deployment, its catalogs, faults made on purpose."""
