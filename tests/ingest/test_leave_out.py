"""leave_out: columns of a file that are not taken; a name that is not there, or is mapped too, is said."""

import pytest

from worthline.config import SourceConfig
from worthline.errors import BadSetting
from worthline.ingest.mapping import map_columns
from worthline.tables import TABLES

HEADER = ["customer_id", "First Name", "plan"]


def mapped(*leave_out, **columns):
    source = SourceConfig("customers", ("c.csv",), None, columns, {}, {}, leave_out=leave_out)
    return map_columns(TABLES["customers"], HEADER, source, "c.csv")


def test_left_out_column_is_no_attribute():
    assert mapped().attributes == {"First Name": 1, "plan": 2}
    assert mapped("First Name").attributes == {"plan": 2}


def test_unknown_column_names_the_nearest():
    with pytest.raises(BadSetting, match="Did you mean First Name"):
        mapped("Frst Name")


def test_column_that_is_mapped_too():
    with pytest.raises(BadSetting, match="also in columns"):
        mapped("First Name", name="First Name")
