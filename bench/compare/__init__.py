"""Other mixers, under the load that ours gets. Each is a module with `NAME`, `PACKAGES` and `running(core, folder, rooms, codec, ports)`, a
context that gives a bench.runner.far_ends.FarEnd; PEERS names them. A further peer is a further module."""

from bench.compare import janus

PEERS = [janus]
