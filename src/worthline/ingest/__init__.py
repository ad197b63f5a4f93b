"""A company's files and feeds to checked tables: mapping, rules, quarantine, data health."""

from worthline.ingest.clean_cache import Proved
from worthline.ingest.health import FileHealth, Health, RuleCount, TableHealth, with_leaks
from worthline.ingest.load import Loaded, load

__all__ = ["FileHealth", "Health", "Loaded", "Proved", "RuleCount", "TableHealth", "load", "with_leaks"]
