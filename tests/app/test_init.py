"""`worthline init` at the command line: what it writes, what it asks, its exit codes."""

import errno
import os

import pytest

from worthline.app import cli
from worthline.app import init as command
from worthline.app.init import write_whole
from worthline.config import FILE
from worthline.errors import Unwritable

SALES = "customer_id,date,amount\nC1,2026-03-01,5.00\nC2,2026-03-02,6.00\n"
OPEN = "customer_id,date,quantity,price\nC1,2026-03-01,2,9.50\nC2,2026-03-02,1,3.00\n"


def run(*arguments):
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    return end.value.code


def test_certain_folder_needs_no_answer(tmp_path, capsys):
    (tmp_path / "sales.csv").write_text(SALES)
    assert run("init", str(tmp_path)) == 0
    assert "[tables.transactions]" in (tmp_path / FILE).read_text()
    assert run("check", str(tmp_path)) == 0
    assert "transactions" in capsys.readouterr().out


def test_without_a_terminal_it_says_what_it_would_ask_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "sales.csv").write_text(OPEN)
    assert run("init", str(tmp_path)) == 2
    said = capsys.readouterr()
    assert "To be answered" in said.out
    assert "--yes" in said.err
    assert not (tmp_path / FILE).exists()


def test_yes_leaves_what_is_not_certain_commented_out(tmp_path, capsys):
    (tmp_path / "sales.csv").write_text(OPEN)
    assert run("init", str(tmp_path), "--yes") == 1
    assert '# amount = "price"' in (tmp_path / FILE).read_text()
    assert "no table, since none was certain" in capsys.readouterr().err


def test_answers_at_a_terminal(tmp_path, capsys, monkeypatch):
    (tmp_path / "sales.csv").write_text(OPEN)
    monkeypatch.setattr(command, "_somebody_is_there", lambda: True)
    said = iter(["x", "9", *["1"] * 10])
    monkeypatch.setattr(command.typer, "prompt", lambda *_, **__: next(said))
    assert run("init", str(tmp_path)) == 0
    assert 'amount = "price"' in (tmp_path / FILE).read_text()
    assert "A number from 1 to" in capsys.readouterr().out


def test_existing_file_is_kept_unless_forced(tmp_path, capsys):
    (tmp_path / "sales.csv").write_text(SALES)
    (tmp_path / FILE).write_text("# mine\n")
    assert run("init", str(tmp_path), "--yes") == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / FILE).read_text() == "# mine\n"
    assert run("init", str(tmp_path), "--yes", "--force") == 0
    assert "# mine" not in (tmp_path / FILE).read_text()


def test_leave_out_is_not_read(tmp_path):
    import worthline as wl

    (tmp_path / "sales.csv").write_text("customer_id,date,amount,First Name\nC1,2026-03-01,5.00,Ann\n")
    assert run("init", str(tmp_path), "--yes") == 0
    made = wl.open(tmp_path).run()
    assert "First Name" not in made.sql("select * from source.transactions").column_names


@pytest.mark.parametrize("where", ["nowhere", "sales.csv", "empty"])
def test_wrong_folder(tmp_path, capsys, where):
    (tmp_path / "sales.csv").write_text(SALES)
    (tmp_path / "empty").mkdir()
    assert run("init", str(tmp_path / where)) == 2
    assert capsys.readouterr().err.startswith("worthline: ")


def test_customers_without_a_day_need_one(tmp_path, capsys):
    (tmp_path / "customers.csv").write_text("customer_id,plan\nC1,x\nC2,y\n")
    assert run("init", str(tmp_path), "--yes") == 0
    assert "set as_of" in capsys.readouterr().err
    text = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(text.replace('# as_of = "YYYY-MM-DD"', 'as_of = "2026-09-30"'))
    assert run("check", str(tmp_path)) == 0


def test_stopping_at_a_question_writes_nothing(tmp_path, monkeypatch):
    (tmp_path / "sales.csv").write_text(OPEN)
    monkeypatch.setattr(command, "_somebody_is_there", lambda: True)

    def stop(*_, **__):
        raise command.typer.Abort

    monkeypatch.setattr(command.typer, "prompt", stop)
    assert run("init", str(tmp_path)) == 130
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "Make room"), (errno.EIO, "Check it"), (errno.EACCES, "Make the folder writable")],
)
def test_what_keeps_init_from_writing_is_said_and_leaves_nothing(tmp_path, monkeypatch, number, words):
    """Fault 14: of a full disk it was said that the folder should be made writable."""
    target = tmp_path / "worthline.toml"
    target.write_text("before")

    def fails(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", fails)
        with pytest.raises(Unwritable) as said:
            write_whole(target, "after")
    assert words in said.value.fix
    assert [path.name for path in tmp_path.iterdir()] == ["worthline.toml"]
    assert target.read_text() == "before"


def test_init_widens_no_mode(tmp_path):
    """What is written may be read by whom the file before it let, or the folder."""
    target = tmp_path / "worthline.toml"
    tmp_path.chmod(0o700)
    write_whole(target, "a")
    assert target.stat().st_mode & 0o777 == 0o600
    tmp_path.chmod(0o755)
    write_whole(target, "b")
    assert target.stat().st_mode & 0o777 == 0o600
    target.unlink()
    write_whole(target, "c")
    assert target.stat().st_mode & 0o777 == 0o644
