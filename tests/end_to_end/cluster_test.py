"""What k8s/ describes starts: with the pods' own arguments and configuration, and under the mixer's seccomp profile."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from launcher.build import TREE
from launcher.health import HealthClient
from launcher.supervisor import Program, Supervisor
from tests.end_to_end.harness import built, free_ports, rtp_block
from tests.tidy import manifests

_UNDER_PROFILE = TREE / "tests" / "end_to_end" / "under_seccomp.py"
_IO_URING = ("io_uring_setup", "io_uring_enter", "io_uring_register")


class SeccompTest(unittest.TestCase):
    """The mixer's profile is what stands between it and the node's kernel: enough, and needed."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.profile = TREE / "k8s" / "base" / "seccomp" / "narada-mixer.json"
        self.port = free_ports(1)[0]

    def mixer(self, profile):
        low, high = rtp_block()
        return ["/usr/bin/python3", _UNDER_PROFILE, profile, built().mixer, f"--grpc_listen=127.0.0.1:{self.port}",
                f"--rtp_ports={low}-{high}"]

    def test_mixer_serves_under_the_profile(self):
        supervisor = Supervisor()
        self.addCleanup(supervisor.stop)
        program = Program("mixer", self.mixer(self.profile), self.folder / "log", HealthClient(
            f"127.0.0.1:{self.port}", None))
        self.assertTrue(supervisor.start([program]))

    def test_mixer_without_io_uring_names_the_likely_cause(self):
        profile = json.loads(self.profile.read_text())
        for rule in profile["syscalls"]:
            rule["names"] = [name for name in rule["names"] if name not in _IO_URING]
        narrow = self.folder / "default.json"
        narrow.write_text(json.dumps(profile))
        run = subprocess.run([str(word) for word in self.mixer(narrow)], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=20, check=False)
        self.assertGreater(run.returncode, 0, run.stdout)
        self.assertRegex(run.stdout, r"(?i)io_uring(.|\n)*seccomp")


class PodsTest(unittest.TestCase):
    """The arguments of the pods and their ConfigMaps, with addresses of this machine in place of the cluster's."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.crt",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                       cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        shutil.copy(self.folder / "tls.crt", self.folder / "ca.crt")
        low, high = rtp_block()
        names = ("50051", "50052", "9091", "50061", "50062", "9090", "50071", "5060", "9092")
        self.places = {
            "/etc/narada-tls/": f"{self.folder}/", "/var/lib/narada": f"{self.folder}/data",
            "/usr/share/narada/prompts": str(built().prompts), "$(NODE_ADDRESS)": "127.0.0.1", "$(POD_ADDRESS)": "127.0.0.1",
            "$(POD_NAME).control-replicas": "127.0.0.1",
            '"mixer:': '"127.0.0.1:', '"control:': '"127.0.0.1:', "0.0.0.0": "127.0.0.1",
            "port_min: 20000": f"port_min: {low}", "port_max: 29999": f"port_max: {high}",
            **dict(zip(names, map(str, free_ports(len(names))))),
        }
        (self.folder / "data").mkdir()

    def here(self, text):
        """A text of the manifests with this machine's places and ports."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def test_every_overlays_configuration_of_control_is_right(self):
        for overlay in sorted(manifests.TREE_K8S.glob("overlays/*")):
            config = next(entry["data"] for entry in manifests.render(overlay)
                          if entry["kind"] == "ConfigMap" and entry["metadata"]["name"] == "control-config")
            path = self.folder / f"{overlay.name}.textproto"
            path.write_text(self.here(config["narada.textproto"]))
            run = subprocess.run([built().control, "--check_config", f"--config={path}"], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=20, check=False)
            self.assertEqual(0, run.returncode, f"{overlay.name}: {run.stdout}")

    def test_all_three_are_healthy_with_their_pods_arguments(self):
        objects = manifests.render(manifests.TREE_K8S / "base")
        configs = {entry["metadata"]["name"]: entry["data"] for entry in objects if entry["kind"] == "ConfigMap"}
        programs = []
        for name in ("mixer", "control", "sip"):
            pod = next(manifests.pod_spec(entry) for entry in objects
                       if entry["kind"] in ("Deployment", "StatefulSet") and entry["metadata"]["name"] == name)
            container = pod["containers"][0]
            config = self.folder / f"{name}.textproto"
            config.write_text(self.here(configs[f"{name}-config"]["narada.textproto"]))
            arguments = [self.here(argument).replace("/etc/narada/narada.textproto", str(config))
                         for argument in container["args"]]
            probe = container["readinessProbe"]["grpc"]
            binary = getattr(built(), pathlib.Path(container["command"][0]).name)
            programs.append(Program(name, [binary, *arguments], self.folder / f"{name}.log",
                                    HealthClient("127.0.0.1:" + self.here(str(probe["port"])), None, probe.get("service", ""))))
        supervisor = Supervisor()
        self.addCleanup(supervisor.stop)
        self.assertTrue(supervisor.start(programs))
        supervisor.check()


if __name__ == "__main__":
    sys.exit(unittest.main())
