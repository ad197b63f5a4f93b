"""The proof pack: one archive from which an auditor recomputes every counted figure without Worthline."""
