"""What is loaded: services of its own or a deployment, their catalogs, faults made on purpose."""
