"""Feedback that arrives by webhook: signatures, payloads, and storing before acknowledging."""
