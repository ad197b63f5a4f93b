"""What answers from a published run alone starts without the libraries that made it: `show` is to answer in half a second."""

import subprocess
import sys

HEAVY = ("ibis", "sqlglot", "scipy", "sklearn", "lightgbm", "pandas", "diff_diff", "fastapi", "sqlalchemy", "pyspark")


def test_the_pages_of_the_terminal_import_nothing_heavy():
    code = (
        "import sys; import worthline.app.cli; from worthline.reports import overview, tables, bridges, page, terminal; "
        "import worthline.engine.sql_window; from worthline.run import OpenRun; "
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == []
