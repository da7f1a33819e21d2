"""Classifies files of mail: the online pipeline without services, each distinct text once."""
