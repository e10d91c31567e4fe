"""Janus AudioBridge (Debian's package), with plain RTP participants, as meetecho's documentation of the plugin says."""

import contextlib
import json
import pathlib
import shutil
import urllib.request
import uuid

from bench.runner import far_ends

NAME = "Janus AudioBridge"
PACKAGES = ["janus"]
LEGS = (50, 100, 200, 300)  # It is said to hold about 300 on a core.

_LIBRARIES = pathlib.Path("/usr/lib/x86_64-linux-gnu/janus")

_JANUS = """
general: { configs_folder = "%(folder)s" plugins_folder = "%(libraries)s/plugins"
  transports_folder = "%(libraries)s/transports" events_folder = "%(libraries)s/events"
  debug_level = 3 session_timeout = 0 }
media: { rtp_port_range = "%(ports)s" }
nat: { ice_lite = true ice_enforce_list = "lo" ignore_mdns = true }
plugins: { disable = "%(disabled)s" }
transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
"""
_HTTP = 'general: { json = "compact" base_path = "/janus" http = true port = %(port)d ip = "127.0.0.1" https = false }\n' \
        "admin: { admin_http = false }\n"
# The rate of G.711, so that it resamples nothing; its own buffer's default.
_ROOM = 'room-%(id)d: { description = "%(id)d" sampling_rate = %(rate)d allow_rtp_participants = true record = false ' \
        "audiolevel_ext = false }\n"


class _Session:
    """The HTTP API: requests are answered at once, what they lead to comes by long polls."""

    def __init__(self, port):
        self._root = f"http://127.0.0.1:{port}/janus"
        self._session = self._root + "/" + str(self._post(self._root, {"janus": "create"})["data"]["id"])

    @staticmethod
    def _post(url, body):
        body = {**body, "transaction": uuid.uuid4().hex}
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def join(self, room, address, port, codec, payload_type):
        """Adds a plain RTP participant; returns where it is to send to."""
        handle = self._post(self._session, {"janus": "attach", "plugin": "janus.plugin.audiobridge"})["data"]["id"]
        body = {"request": "join", "room": room, "codec": codec, "display": str(port),
                "rtp": {"ip": address, "port": port, "payload_type": payload_type}}
        self._post(f"{self._session}/{handle}", {"janus": "message", "body": body})
        while True:
            with urllib.request.urlopen(self._session + "?maxev=1", timeout=30) as answer:
                event = json.load(answer)
            data = event.get("plugindata", {}).get("data", {})
            if "error" in data:
                raise RuntimeError(f"Janus refuses: {data}")
            if event.get("sender") == handle and "rtp" in data:
                return data["rtp"]["ip"], data["rtp"]["port"]


def _write_configuration(folder, port, rooms, rate, ports):
    plugins = sorted(path.name for path in (_LIBRARIES / "plugins").glob("*.so") if "audiobridge" not in path.name)
    (folder / "janus.jcfg").write_text(
        _JANUS % {"folder": folder, "libraries": _LIBRARIES, "disabled": ",".join(plugins),
                  "ports": ports})
    (folder / "janus.transport.http.jcfg").write_text(_HTTP % {"port": port})
    (folder / "janus.plugin.audiobridge.jcfg").write_text(
        "".join(_ROOM % {"id": room + 1, "rate": rate} for room in range(rooms)) +
        'general: { rtp_port_range = "%s" local_ip = "127.0.0.1" }\n' % ports)


@contextlib.contextmanager
def running(core, folder, rooms=1, codec="PCMA", ports=far_ends.RTP_PORTS):
    """Janus on the core, with its rooms; legs join when the load says its ports."""
    folder = pathlib.Path(folder) / "janus"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = far_ends.free_port()
    rate, payload_type = (48000, 111) if codec == "opus" else (8000, 8)
    _write_configuration(folder, port, rooms, rate, f"{ports[0]}-{ports[1] - 1}")
    command = ["janus", "-F", folder, "-o"]
    with far_ends.running(command, core, far_ends.listens(port), cwd=folder) as process:
        session = _Session(port)

        def remotes(ports):
            return [session.join(leg * rooms // len(ports) + 1, "127.0.0.1", own, codec.lower(), payload_type)
                    for leg, own in enumerate(ports)]

        yield far_ends.FarEnd(process, ["--peer"], remotes)
