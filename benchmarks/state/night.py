"""``python -m benchmarks.state.night FOLDER LIMIT CHECKED``: a night that finds no room.

What belongs here: what must happen within the process of such a night. What does not: the case
(``cases``).
"""

from __future__ import annotations

import sys
from unittest import mock

from pipelines.cli.app import main


def run() -> None:
    """Run ``okr sync``, no file longer than LIMIT if given, room checked before if CHECKED."""
    folder, limit, checked = sys.argv[1:]
    if limit:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    words = ["okr", "sync", "--config", f"{folder}/okr.yaml"]
    with mock.patch.object(sys, "argv", words):
        if checked == "True":
            main()
        else:
            with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=10**12)):
                main()


if __name__ == "__main__":
    run()
