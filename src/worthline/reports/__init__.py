"""Results as people read them: pages of text, tables, CSV and JSON. Computes nothing, runs nothing."""
