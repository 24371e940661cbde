"""Many threads and processes at once, forks, and Ctrl-C."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from serl_answers import grade_batch, vote

GOLD = ["5", "1/2", r"\frac{\sqrt2}{2}", "(1,2]"] * 200
RESPONSES = ["#### 5", "It is 2.", r"\boxed{\frac{1}{\sqrt2}}", r"$1 < x \le 2$"] * 200
EXPECTED = [True, False, True, True] * 200

# Grades until it is stopped; says when it has begun.
ENDLESS = """
    import sys, threading
    import serl_answers
    if {own_handler}:
        import signal
        def handler(*_):
            raise TimeoutError("the handler")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    timer = threading.Timer(0.2, print, ["begun"], {{"flush": True}})
    timer.start()
    answers = ["(x+{{}})^{{{{40}}}}".format(i) for i in range(400)] * 5_000
    try:
        serl_answers.canonical_batch(answers, threads={threads})
    except BaseException as error:
        print(type(error).__name__)
"""


def verdicts(threads):
    return [row.equal for row in grade_batch(GOLD, RESPONSES, threads=threads)]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_sixteen_processes_at_once(method):
    # Threads have been used before the fork.
    assert verdicts(2) == EXPECTED
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(16, mp_context=context) as pool:
        assert list(pool.map(verdicts, [1, 2] * 8)) == [EXPECTED] * 16


def test_sixteen_threads_at_once():
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(verdicts, [1, 2] * 8)) == [EXPECTED] * 16


def test_other_threads_run_meanwhile():
    """A thread that needs the GIL counts while another one grades."""
    counted, done = 0, threading.Event()

    def work():
        grade_batch(GOLD * 20, RESPONSES * 20)
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not done.wait(0.001):
        counted += 1
    worker.join()
    assert counted > 3


def test_a_small_stack_is_enough():
    """Threads of macOS have 512 KiB."""
    nested = "(" * 60 + "1" + ")" * 60
    results, before = [], threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(vote([nested, r"\frac" * 400, "#### 1"])))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert results[0].majority == "1"


@pytest.mark.skipif(os.name != "posix", reason="sends a signal of POSIX")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_batch(threads):
    script = textwrap.dedent(ENDLESS.format(threads=threads, own_handler=False))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout.readline() == "begun\n"
            child.send_signal(signal.SIGINT)
            output, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    assert output == "KeyboardInterrupt\n"


@pytest.mark.skipif(os.name != "posix", reason="sends a signal of POSIX")
@pytest.mark.parametrize("threads", [1, 2])
def test_the_error_of_a_signal_handler_ends_a_batch(threads):
    script = textwrap.dedent(ENDLESS.format(threads=threads, own_handler=True))
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.endswith("TimeoutError\n")
