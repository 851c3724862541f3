"""What bench/up and bench/plan share: a daemon on an empty data directory, and figures as min / median / max."""
import contextlib
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/system"))
import conftest  # noqa: E402  the tests' own daemon


@contextlib.contextmanager
def empty_daemon():
    with conftest.a_daemon() as daemon:
        yield daemon


def example_image(folder):
    """The example's image as an OCI layout, and its one program."""
    folder = pathlib.Path(folder)
    subprocess.run(["gcc", "-O2", "-static", "-s", "-pthread", "-o", folder / "web", ROOT / "examples/web/web.c"], check=True)
    subprocess.run([ROOT / "tools/make-image", folder / "web.tar", "--binary", folder / "web", "--port", "80"], check=True, capture_output=True)
    return folder / "web.tar", folder / "web"


def show(name, values, unit, places=2):
    print(f"{name:44} {min(values):9.{places}f} {statistics.median(values):9.{places}f} {max(values):9.{places}f} {unit}")


def head(rounds):
    print(f"{rounds} rounds; {ROOT / 'build/landfall'}, {subprocess.run(['git', '-C', ROOT, 'describe', '--always', '--dirty'], capture_output=True, text=True).stdout.strip()}")
    print(f"{'':44} {'min':>9} {'median':>9} {'max':>9}")
