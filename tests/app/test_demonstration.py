"""`worthline demo` on folders that are somebody's, half made, or on no disk that can hold them."""

import json

import pytest

from worthline.app import cli

FEW = ["--customers", "40", "--no-serve"]


def demo(*arguments):
    """The exit code of `worthline demo`."""
    with pytest.raises(SystemExit) as end:
        cli.main(["demo", *map(str, arguments), *FEW])
    return end.value.code or 0


@pytest.fixture
def broken_off(tmp_path, monkeypatch):
    """A demo that was stopped while its files were written."""
    from worthline.demo import organisation

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(organisation, "tables", stopped)
        assert demo(tmp_path / "d") == 130
    return tmp_path / "d"


@pytest.mark.slow
def test_half_made_folder_is_made_again(broken_off):
    assert json.loads((broken_off / "truth.json").read_text()) == {
        "simulated": True,
        "company": "Larkfield Mobile",
        "finished": False,
    }
    assert demo(broken_off) == 0
    assert json.loads((broken_off / "truth.json").read_text())["effects"]


def test_other_demo_company_is_not_mixed_in(broken_off, capsys):
    assert demo(broken_off, "--company", "fern-oak") == 2
    assert "holds Larkfield Mobile, another demo company: nothing was written" in capsys.readouterr().err


def test_somebodys_folder_is_refused(tmp_path, capsys):
    (tmp_path / "truth.json").write_text('{"mine": true}')
    assert demo(tmp_path) == 2
    assert "no demo company made it" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["truth.json"]


def test_folder_that_cannot_be_written_is_no_fault_of_ours(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert demo(tmp_path / "file" / "d") == 2
    assert "Cannot write the demo company" in capsys.readouterr().err
    assert demo(tmp_path / "file") == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("No space left on device")])
def test_full_disk_while_running_is_no_fault_of_ours(tmp_path, monkeypatch, capsys, error):
    """Each library raises it as a class of its own; the system's words are the same."""
    from worthline import company

    def full(*_, **__):
        raise error

    monkeypatch.setattr(company.Company, "run", full)
    assert demo(tmp_path / "d") == 1
    assert "The disk is full" in capsys.readouterr().err
