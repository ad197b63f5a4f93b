"""SQL that recomputes each counted figure from the checked tables alone (`source.*`)."""
