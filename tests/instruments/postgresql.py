"""A real PostgreSQL in a temporary folder, on a Unix socket there, run by a user without rights."""

import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
_START_MAX_S = 30


class Postgresql:
    """
        server = Postgresql()
        server.connection                      # for control.storage.postgresql
        server.rows("SELECT * FROM replicas")  # as lists of texts
        server.stop(); server.start()          # a fault
        server.close()
    """

    def __init__(self, settings=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        self._data = self.folder / "data"
        self._process = None
        # PostgreSQL refuses root.
        self._user = []
        if pathlib.Path.home().owner() == "root":
            self._user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
            shutil.chown(self.folder, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)
        self.connection = f"host={self.folder} user=narada dbname=postgres"
        subprocess.run([*self._user, _PROGRAMS / "initdb", "-D", self._data, "--username=narada", "--auth=trust",
                        "--encoding=UTF8", "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL)
        with open(self._data / "postgresql.conf", "a", encoding="utf-8") as config:
            config.write("\n".join([f"unix_socket_directories = '{self.folder}'", "listen_addresses = ''",
                                    "shared_buffers = 16MB", *settings, ""]))
        self.start()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [*self._user, "setpriv", "--pdeathsig", "QUIT", "--", _PROGRAMS / "postgres", "-D", self._data],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_MAX_S
        while subprocess.run([_PROGRAMS / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text(encoding="utf-8"))
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """SIGINT ends all connections and the server cleanly, SIGQUIT as a power cut does."""
        self._process.send_signal(how)
        self._process.wait(20)

    def rows(self, query):
        shown = subprocess.run([_PROGRAMS / "psql", "-X", "-A", "-t", "-F", "\t", "-d", self.connection, "-c", query],
                               check=True, text=True, stdout=subprocess.PIPE).stdout
        return [line.split("\t") for line in shown.splitlines()]

    def close(self):
        if self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
