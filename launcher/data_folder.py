"""The folder of everything that lasts (--data): made at first start, checked at each."""

import fcntl
import hashlib
import os
import pathlib

FOLDERS = ("secrets", "prompts", "sms", "recordings", "state", "logs")
CONFIG_NAME = "narada.textproto"
_MEMORY = pathlib.Path("/dev/shm")


class DataFolderError(Exception):
    """The folder cannot be used; the message says why, to the person who gave it."""


class DataFolder:
    """A data folder that is ours alone until this process ends: two copies need two folders."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            # Callers' numbers lie here, so it is its owner's alone; a folder that was there keeps its rights.
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in FOLDERS:
                folder = self.path / name
                folder.mkdir(exist_ok=True)
                probe = folder / ".writable"
                probe.touch()
                probe.unlink()
            (self.path / "secrets").chmod(0o700)
        except OSError as error:
            raise DataFolderError(f"the data folder {self.path} cannot be used: {error.strerror}: {error.filename};"
                                  " give another with --data DIR") from error
        self._lock = open(self.path / "state" / "run.lock", "a+", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip()
            self._lock.close()
            raise DataFolderError(f"another ./run (process {holder}) uses the data folder"
                                  f" {self.path}; give this one its own with --data DIR") from None
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()

    def close(self):
        """Another process may have the folder from now on."""
        self._lock.close()

    def state_in_memory(self):
        """Where the mixer keeps what it needs to go on after a crash: in memory, where writing never waits for a disk."""
        if os.access(_MEMORY, os.W_OK):
            digest = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]
            return _MEMORY / f"narada-{os.getuid()}-{digest}"
        return self.path / "state" / "mixer"

    def config(self, template):
        """The configuration file, written from `template` (a text) at first start and never changed afterwards."""
        path = self.path / CONFIG_NAME
        if not path.exists():
            unfinished = path.with_suffix(".new")
            unfinished.write_text(template, encoding="utf-8")
            unfinished.rename(path)
        return path

    def log(self, program):
        """Where `program` writes; what the last run wrote is kept beside it as NAME.log.1."""
        path = self.path / "logs" / f"{program}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return path
