"""What people write: approvals, proofs, assignments, actions, routings. SQLite by default, PostgreSQL where named."""

from worthline.app.store.opening import Store, exists, open_store

__all__ = ["Store", "exists", "open_store"]
