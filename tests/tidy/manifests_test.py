"""The manifest checks find what they are for."""

import copy
import json
import subprocess
import unittest

from tests.tidy import manifests


def named(objects, kind, name):
    return next(entry for entry in objects if entry["kind"] == kind and entry["metadata"]["name"] == name)


class ManifestsTest(unittest.TestCase):
    def setUp(self):
        self.objects = copy.deepcopy(manifests.render(manifests.TREE_K8S / "overlays" / "prod"))
        self.control = named(self.objects, "StatefulSet", "control")

    def schema_problems(self):
        return subprocess.run(["node", manifests.SCHEMA_CHECK], input=json.dumps(self.objects), text=True,
                              stdout=subprocess.PIPE, check=False).stdout

    def policy_problems(self):
        return "\n".join(manifests.policy_problems(self.objects))

    def test_typo_in_a_field_is_found(self):
        self.control["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 5
        self.assertIn("no such field: /spec/template/spec/terminationGracePeriodSecond", self.schema_problems())

    def test_missing_selector_is_found(self):
        del self.control["spec"]["selector"]
        self.assertIn("selector", self.schema_problems())

    def test_wrong_type_is_found(self):
        self.control["spec"]["replicas"] = "three"
        self.assertIn("replicas", self.schema_problems())

    def test_writable_root_is_found(self):
        self.control["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False
        self.assertIn("StatefulSet control/control: has a writable root", self.policy_problems())

    def test_probe_of_a_port_that_is_not_there_is_found(self):
        self.control["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["grpc"]["port"] = 1
        self.assertIn("readinessProbe asks port 1", self.policy_problems())

    def test_liveness_that_asks_for_readiness_is_found(self):
        self.control["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["grpc"]["service"] = "ready"
        self.assertIn("would be killed whenever it is not ready", self.policy_problems())

    def test_overlay_changes_what_it_names(self):
        self.assertEqual(2, named(self.objects, "Deployment", "sip")["spec"]["replicas"])
        self.assertEqual("registry.example.net/narada:0.1.0",
                         self.control["spec"]["template"]["spec"]["containers"][0]["image"])
        self.assertEqual("narada", self.control["metadata"]["namespace"])


if __name__ == "__main__":
    unittest.main()
