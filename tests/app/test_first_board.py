"""From three exports to a board: 200 customers in three CSVs, counted in commands and in questions."""

import pytest

import worthline as wl
from tests.app.web.conftest import ask
from worthline.app import cli
from worthline.app import init as command

MOST_COMMANDS, MOST_QUESTIONS = 3, 2


def company(folder):
    """What a small shop exports: who its customers are, what they bought, what they answered."""
    customers = [
        f"{1000 + i},{2023 + i % 2}-{1 + i % 12:02}-0{1 + i % 9},{('North', 'South')[i % 2]}" for i in range(200)
    ]
    orders = [
        f"{n + 1},{1000 + i},{2024 + month // 12}-{1 + month % 12:02}-{1 + i % 28:02},{10 + i % 40}.50"
        for n, (i, month) in enumerate((i, month) for i in range(200) for month in range(i % 3, 24, 2 + i % 3))
    ]
    answers = [
        f"{5000 + i},{1000 + i},2025-{1 + i // 4 % 12:02}-15,{(9, 10, 7, 3)[i % 4]},fine service" for i in range(200)
    ]
    for name, lines in {
        "customers.csv": ["Customer ID,Signup Date,Region", *customers],
        "orders.csv": ["Order ID,Customer ID,Order Date,Total", *orders],
        "nps_survey.csv": ["Response ID,Customer ID,Response Date,NPS,Comment", *answers],
    }.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    return len(orders)


def test_three_files_become_a_board(tmp_path, monkeypatch, capsys):
    orders = company(tmp_path)
    asked, commands = [], []
    monkeypatch.setattr(command, "_somebody_is_there", lambda: True)
    for kind, answer in (("prompt", "1"), ("confirm", True)):
        monkeypatch.setattr(command.typer, kind, lambda text, answer=answer, **_: (asked.append(text), answer)[1])
    commands.append("init")
    with pytest.raises(SystemExit) as end:
        cli.main(["init", str(tmp_path)])
    assert end.value.code == 0
    said = capsys.readouterr().out
    commands.append("serve")
    board = ask(tmp_path).get("/")
    assert board.status_code == 200
    assert len(commands) <= MOST_COMMANDS
    assert len(asked) <= MOST_QUESTIONS, asked
    # answers: a quarter each of 9, 10, 7 and 3, so 50% promoters less 25% detractors
    assert "+25" in said
    assert "+25" in board.text
    read = {t.table: t.rows_in for t in wl.open(tmp_path).published().health().tables}
    assert read == {"customers": 200, "transactions": orders, "feedback": 200}


def test_nobody_at_a_terminal_is_asked_nothing(tmp_path, capsys):
    company(tmp_path)
    with pytest.raises(SystemExit) as end:
        cli.main(["init", str(tmp_path), "--yes"])
    assert end.value.code == 0
    assert not (tmp_path / ".worthline").exists()
    assert "worthline run" in capsys.readouterr().out
