"""`worthline serve`: the port, the host, the folder, and how it stops."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from worthline.app.web.serve import PORT, serve
from worthline.errors import UsageError

SERVE = [sys.executable, "-u", "-m", "worthline", "serve"]


@contextlib.contextmanager
def serving(folder):
    """A server of its own process and its address."""
    served = subprocess.Popen(
        [*SERVE, str(folder), "--no-open", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield served, served.stdout.readline().split(" at ")[1].split()[0]
    finally:
        served.kill()
        served.wait(20)


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_port_in_use_is_told(small, taken):
    ran = subprocess.run(
        [*SERVE, str(small), "--no-open", "--port", str(taken)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 2
    assert f"Port {taken}" in ran.stderr
    assert f"--port {taken + 1}" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_second_serve_on_a_port_says_so_and_the_first_goes_on(small):
    with serving(small) as (first, address):
        port = address.rstrip("/").rpartition(":")[2]
        second = subprocess.run(
            [*SERVE, str(small), "--no-open", "--port", port], capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 2
        assert f"Port {port} on 127.0.0.1 cannot be taken" in second.stderr
        assert "another worthline serve" in second.stderr
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.status == 200
        assert first.poll() is None


def test_answers_go_at_once(small):
    """Without TCP_NODELAY every answer on a kept connection waits some 40 ms for a receipt."""
    with serving(small) as (_, address):
        reader = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        times = []
        for _ in range(20):
            began = time.perf_counter()
            reader.request("GET", "/health")
            reader.getresponse().read()
            times.append(time.perf_counter() - began)
        reader.close()
    assert sorted(times)[2] < 0.03  # the quickest, so that other work on the machine does not matter


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.com"])
def test_beyond_this_machine_is_refused(small, host):
    with pytest.raises(UsageError, match="no sign-in yet"):
        serve(small, host=host, open_browser=False)


def test_folders(tmp_path):
    with pytest.raises(UsageError, match="no folder"):
        serve(tmp_path / "none", open_browser=False)
    with pytest.raises(UsageError, match=r"worthline\.toml"):
        serve(tmp_path, open_browser=False)


def test_missing_extra_is_told(small, monkeypatch):
    from worthline.app.web import serve as serving

    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "uvicorn" else object())
    with pytest.raises(UsageError, match=r"uvicorn.*pip install 'worthline\[web\]'"):
        serve(small, open_browser=False)


def test_serves_until_stopped(small):
    served = subprocess.Popen(
        [*SERVE, str(small), "--no-open", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = served.stdout.readline().split(" at ")[1].split()[0]
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert answer.status == 200
            assert "server" not in {name.lower() for name in answer.headers}
        served.send_signal(signal.SIGINT)
        assert served.wait(20) == 0
        assert served.stderr.read() == ""
    finally:
        served.kill()


def test_ready_hears_the_address(small):
    program = (
        "import sys, _thread; from worthline.app.web.serve import serve\n"
        "serve(sys.argv[1], port=0, open_browser=False, ready=lambda at: (print(at), _thread.interrupt_main()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(small)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("http://127.0.0.1:")


@pytest.mark.slow
def test_demo_ends_on_its_overview_also_where_the_usual_port_is_taken(tmp_path):
    usual = socket.socket()
    with contextlib.suppress(OSError):  # taken already: as good
        usual.bind(("127.0.0.1", PORT))
        usual.listen()
    asked = [sys.executable, "-u", "-m", "worthline", "demo", str(tmp_path / "made"), "--customers", "300"]
    served = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        told = next(line for line in served.stdout if line.startswith("Worthline shows"))
        address = told.split(" at ")[1].split()[0]
        assert address != f"http://127.0.0.1:{PORT}/"
        with urllib.request.urlopen(address, timeout=30) as answer:
            page = answer.read().decode()
        assert "Larkfield Mobile" in page
        assert "SIMULATED" in page
        # The overview answers first. Begun initiatives cost 42,000 at once alone: 300 customers never pay that back.
        assert '<h1 class="answer">No: initiatives at Larkfield Mobile cost $' in page
        served.send_signal(signal.SIGINT)
        assert served.wait(20) == 0
    finally:
        served.kill()
        usual.close()
