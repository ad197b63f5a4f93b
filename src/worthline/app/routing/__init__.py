"""Whom each comment concerns: rules and ownership, inboxes, digests, and telling groups."""
