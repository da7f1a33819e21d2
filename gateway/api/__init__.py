"""The REST API: read and check requests, have them answered, render answers and problems."""
