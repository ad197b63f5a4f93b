"""A company's files and feeds to checked tables: mapping, rules, quarantine, data health."""

from worthline.ingest.health import FileHealth, Health, RuleCount, TableHealth
from worthline.ingest.load import Loaded, load

__all__ = ["FileHealth", "Health", "Loaded", "RuleCount", "TableHealth", "load"]
