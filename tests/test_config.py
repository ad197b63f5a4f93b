"""worthline.toml: defaults, what each key takes, and that settings and their reading agree."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from worthline import config
from worthline.config import (
    _READERS,
    ACTING,
    CONTROL,
    SETTINGS,
    SOURCE_OPTIONS,
    STORE_SETTINGS,
    CompanyConfig,
    SourceConfig,
)
from worthline.errors import BadSetting
from worthline.results import ActionSettings, ControlSettings
from worthline.tables import TABLES

NAMES = {name: spec.names for name, spec in TABLES.items()}


@pytest.fixture
def load(tmp_path):
    def load(text: str) -> CompanyConfig:
        (tmp_path / "worthline.toml").write_text(text, encoding="utf-8")
        return config.load(tmp_path, NAMES)

    return load


def test_nothing_said_gives_the_defaults(load, tmp_path):
    found = load("")
    assert found.name == tmp_path.name
    assert found.data == tmp_path.resolve()
    assert (found.currency, found.timezone, found.as_of, found.margin) == ("USD", "UTC", None, None)
    assert found.keep_runs == 5
    assert found.sources == ()


def test_every_setting_is_read_into_its_field(load):
    found = load(
        '[company]\nname = "Larkfield"\ncurrency = "EUR"\nsetting = "contractual"\noutcome = "spend"\nmargin = 0.55\n'
        'discount_rate = 0.08\nhorizon_months = 24\nas_of = 2026-09-30\ntimezone = "Europe/Berlin"\nfiscal_year_start = 4\ndata = "."\n'
        'lapse_months = 6\nleave_rate = 0.141\nhistory_months = 24\nrevenue_from = "subscriptions"\nscore_metric = "csat"\n'
        "staff_hour_cost = 23\ncontact_cost = 2.5\nsimulated = true\nkeep_runs = 0\n"
    )
    assert (found.name, found.currency, found.setting, found.outcome) == ("Larkfield", "EUR", "contractual", "spend")
    assert (found.margin, found.discount_rate, found.as_of) == ("0.55", 0.08, date(2026, 9, 30))
    assert (found.horizon_months, found.leave_rate) == (24, 0.141)
    assert (found.lapse_months, found.history_months, found.fiscal_year_start) == (6, 24, 4)
    assert (found.staff_hour_cost, found.contact_cost, found.simulated, found.keep_runs) == ("23", "2.5", True, 1)
    assert (found.revenue_from, found.score_metric) == ("subscriptions", "csat")


def test_every_source_option_is_read_into_its_field(load):
    (source,) = load(
        '[tables.transactions]\nfile = ["a.csv", "b*.csv"]\ncolumns = { amount = "Betrag" }\n'
        'constants = { currency = "EUR", quantity = 1 }\nblank = { amount = [0, "n/a"], customer_id = "?" }\n'
        'encoding = "cp1252"\ndelimiter = ";"\nskip_lines = 2\nsheet = "S"\ndecimal = ","\nthousands = "."\n'
        'parentheses = true\nsymbols = ["€"]\nminor_units = true\nrefunds = "positive"\ndate_format = "%d.%m.%Y"\n'
        'timezone = "Europe/Berlin"\nunique = ["transaction_id", "product"]\n'
    ).sources
    assert source.files == ("a.csv", "b*.csv")
    assert source.constants == {"currency": "EUR", "quantity": "1"}
    assert source.blank == {"amount": ("0", "n/a"), "customer_id": ("?",)}
    assert source.symbols == ("€",)
    assert source.unique == ("transaction_id", "product")
    assert (source.decimal, source.thousands, source.refunds) == (",", ".", "positive")


def test_a_table_of_several_sources(load):
    found = load('[[tables.feedback]]\nfile = "a.csv"\n[[tables.feedback]]\nquery = "select 1"\n').sources
    assert [(s.files, s.query) for s in found] == [(("a.csv",), None), ((), "select 1")]


def test_byte_order_mark_and_text_are_kept(tmp_path):
    (tmp_path / "worthline.toml").write_bytes(b"\xef\xbb\xbf[company]\nname = 'x'\n")
    assert config.load(tmp_path, NAMES).text == "[company]\nname = 'x'\n"


def test_number_of_the_source_is_told(load):
    with pytest.raises(BadSetting, match=r"\[tables\.feedback\] number 2"):
        load('[[tables.feedback]]\nfile = "a.csv"\n[[tables.feedback]]\nfle = "b.csv"\n')


@pytest.mark.parametrize(
    "setting", [*SETTINGS, *STORE_SETTINGS, *CONTROL, *ACTING, *SOURCE_OPTIONS], ids=lambda s: s.name
)
def test_a_setting_can_be_read_and_explained(setting):
    assert setting.type in _READERS
    assert setting.help
    assert setting.allowed is None or setting.default in setting.allowed


def test_keys_and_fields_agree():
    derived = {"folder", "sources", "text", "store_url", "control", "acting", "themes", "listening", "embeddings"}
    assert {s.name for s in SETTINGS} == {f.name for f in fields(CompanyConfig)} - derived
    assert {s.name for s in CONTROL} == {f.name for f in fields(ControlSettings)}
    assert {s.name for s in ACTING} == {f.name for f in fields(ActionSettings)}
    assert {s.name for s in SOURCE_OPTIONS} | {"table"} == {f.name for f in fields(SourceConfig)} - {"files"} | {"file"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("margin", "-0.1"),
        ("margin", "nan"),
        ("margin", "true"),
        ("margin", '"half"'),
        ("discount_rate", "inf"),
        ("horizon_months", "11"),
        ("horizon_months", "121"),
        ("leave_rate", "1"),
        ("as_of", "2026-09-30T10:00:00"),
        ("as_of", '"tomorrow"'),
        ("as_of", "5"),
        ("fiscal_year_start", "1.0"),
        ("lapse_months", '"never"'),
        ("history_months", "1201"),
        ("name", "5"),
        ("simulated", "1"),
        ("keep_runs", "-1"),
        ("contact_cost", '"cheap"'),
    ],
)
def test_wrong_values_name_the_key(load, key, value):
    with pytest.raises(BadSetting, match=rf"\[company\] {key}: found"):
        load(f"[company]\n{key} = {value}\n")


@pytest.mark.parametrize("symbols", ['["-"]', '["5"]', '["("]', '[","]', '[" "]', '[""]', "[5]"])
def test_signs_that_would_change_a_number_are_refused(load, symbols):
    with pytest.raises(BadSetting, match="symbols"):
        load(f'[tables.transactions]\nfile = "a.csv"\nsymbols = {symbols}\n')


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("control", "universal = 0.6"),
        ("control", "universal = -0.1"),
        ("control", "share = 0"),
        ("control", 'exclude = "all"'),
        ("actions", "assumed_kept = 2"),
        ("actions", "budget = -5"),
        ("actions", "plan_weeks = 0"),
        ("actions", "quiet_days = -1"),
        ("actions", "assumed_kept = 0.01"),
    ],
)
def test_wrong_values_of_control_and_actions_name_the_key(load, section, line):
    with pytest.raises(BadSetting, match=rf"\[{section}\] {line.split()[0]}"):
        load(f"[{section}]\n{line}\n")
