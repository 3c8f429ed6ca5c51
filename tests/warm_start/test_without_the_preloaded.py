"""Without a preloaded process, or with one of older code, everything still runs, only slower."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from warm import Warm

from tellfirst.warm_start.code_version import code_version

Own = tuple[Warm, "subprocess.Popen[bytes]"]
WAITS = "import time; print('begun', flush=True); time.sleep(60)"


def test_where_nobody_listens_the_stock_command_runs_with_all_that_was_given(own: Own) -> None:
    warm, process = own
    process.kill()
    process.wait(10)
    assert warm.run("", COLD_STATUS="0").said == "cold\n"
    assert warm.run("", COLD_STATUS="4").code == 4


@pytest.mark.parametrize("address", ["", "nowhere", "/proc/nowhere/worker"])
def test_an_address_that_is_none_is_no_reason_not_to_run(own: Own, address: str) -> None:
    assert own[0].run("", TELLFIRST_WARM_SOCKET=address).said == "cold\n"


def test_what_began_before_the_code_changed_ends_in_peace_and_what_comes_then_runs_the_new_code(
    own: Own,
) -> None:
    warm, process = own
    before = warm.start("import time; print('begun', flush=True); time.sleep(1.5); exit(6)")
    assert before.stdout is not None
    before.stdout.readline()
    warm.version.write_text("2")
    assert warm.run("print('the old code')").said == "cold\n"
    assert process.poll() is None
    assert before.wait(10) == 6
    assert process.wait(10) == 0


def test_changed_code_is_noticed_while_nobody_comes(own: Own) -> None:
    warm, process = own
    warm.version.write_text("2")
    assert process.wait(15) == 0


def test_a_preloaded_process_that_is_asked_to_end_waits_for_its_runs(own: Own) -> None:
    warm, process = own
    run = warm.start("import time; print('begun', flush=True); time.sleep(1); exit(6)")
    assert run.stdout is not None
    run.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert run.wait(10) == 6
    assert process.wait(10) == 0


def test_a_killed_preloaded_process_takes_no_run_with_it(own: Own) -> None:
    warm, process = own
    run = warm.start("import time; print('begun', flush=True); time.sleep(1); print('done'); exit(6)")
    assert run.stdout is not None
    run.stdout.readline()
    process.kill()
    assert run.wait(10) == 6
    assert run.stdout.read() == "done\n"


def test_a_run_of_which_nobody_knows_how_it_ended_has_crashed(own: Own) -> None:
    warm, process = own
    run = warm.start("print(os.getpid(), flush=True);" + WAITS)
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    process.kill()
    process.wait(10)
    os.kill(pid, signal.SIGKILL)
    assert run.wait(10) == 1


def test_a_run_can_still_be_asked_to_end_when_the_preloaded_process_is_gone(own: Own) -> None:
    warm, process = own
    run = warm.start(WAITS)
    assert run.stdout is not None
    run.stdout.readline()
    process.kill()
    process.wait(10)
    run.terminate()
    # By whom it was killed nobody can tell any more.
    assert run.wait(10) == 1


def test_a_second_start_takes_the_place_of_a_killed_first(own: Own) -> None:
    warm, process = own
    process.kill()
    process.wait(10)
    warm.socket.unlink()
    second = warm.preload()
    try:
        assert warm.run("print('warm')").said == "warm\n"
    finally:
        second.terminate()
        assert second.wait(10) == 0


def test_nobody_else_can_reach_the_preloaded_process(own: Own) -> None:
    assert stat.S_IMODE(own[0].socket.parent.stat().st_mode) == 0o700


def test_every_change_of_a_source_file_is_another_version(tmp_path: Path) -> None:
    for package in ("flows", "tasks", "tellfirst"):
        (tmp_path / package / "inner").mkdir(parents=True)
    source = tmp_path / "tellfirst" / "inner" / "module.py"
    seen = {code_version(tmp_path)}
    source.write_text("a = 1")
    seen.add(code_version(tmp_path))
    os.utime(source, ns=(1, 1))
    seen.add(code_version(tmp_path))
    source.rename(source.with_name("renamed.py"))
    seen.add(code_version(tmp_path))
    assert len(seen) == 4
    (tmp_path / "tellfirst" / "__pycache__").mkdir()
    (tmp_path / "tellfirst" / "__pycache__" / "module.py").touch()
    (tmp_path / "tellfirst" / "notes.txt").touch()
    assert code_version(tmp_path) in seen


def test_to_look_at_the_version_costs_milliseconds() -> None:
    began = time.monotonic()
    code_version()
    assert time.monotonic() - began < 1
