"""What the preloaded process holds when it begins to fork."""

import subprocess
import sys

from tellfirst.settings import PROJECT


def preloaded(then: str) -> str:
    program = f"from tellfirst.warm_start.preloading import preload\n{then}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_it_holds_every_flow_and_no_thread_and_no_connection() -> None:
    said = preloaded(
        "import os, socket, stat, sys, threading\n"
        "preload()\n"
        "print(threading.active_count(), len(os.listdir('/proc/self/task')))\n"
        "print(all(f'flows.{name}' in sys.modules for name in ('incident', 'clock', 'notify', 'close')))\n"
        "files = [int(name) for name in os.listdir('/proc/self/fd') if int(name) > 2]\n"
        "held = [os.readlink(f'/proc/self/fd/{n}') for n in files if os.path.lexists(f'/proc/self/fd/{n}')]\n"
        "print([name for name in held if name.startswith('socket') or name.endswith('.db')])"
    )
    assert said == "1 1\nTrue\n[]\n"


def test_it_refuses_to_fork_when_something_has_begun_a_thread() -> None:
    said = preloaded(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, name='a thread', daemon=True).start()\n"
        "preload()"
    )
    assert "something that flows import starts threads (MainThread, a thread)" in said
