"""A company's files as text with line numbers: scanned, understood, read; bad records named, never lost."""

from worthline.ingest.files.dialect import Dialect, expected_rows, settle_dialect, why_not_engine
from worthline.ingest.files.exact import exact_schema, read_exact
from worthline.ingest.files.excel import SheetHead, read_excel
from worthline.ingest.files.opening import MOST_COLUMNS, TooWide
from worthline.ingest.files.packed import is_packed, members, plain, suffix_of, zip_of
from worthline.ingest.files.records import Reject
from worthline.ingest.files.scan import FileScan, scan_file

__all__ = [
    "MOST_COLUMNS",
    "Dialect",
    "FileScan",
    "Reject",
    "SheetHead",
    "TooWide",
    "exact_schema",
    "expected_rows",
    "is_packed",
    "members",
    "plain",
    "read_exact",
    "read_excel",
    "scan_file",
    "settle_dialect",
    "suffix_of",
    "why_not_engine",
    "zip_of",
]
