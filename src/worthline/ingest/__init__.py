"""A company's files and feeds to checked tables: mapping, rules, quarantine, data health."""
