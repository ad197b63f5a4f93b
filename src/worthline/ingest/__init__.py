"""A company's files and feeds to checked tables: mapping, rules, quarantine, data health."""

from worthline.ingest.health import FileHealth, Health, RuleCount, TableHealth
from worthline.ingest.load import Loaded, load
from worthline.ingest.proved import Proved

__all__ = ["FileHealth", "Health", "Loaded", "Proved", "RuleCount", "TableHealth", "load"]
