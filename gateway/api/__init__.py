"""The REST API: reads and checks requests, renders answers and problems."""
