"""The manifests of k8s/: rendered as kustomize would, held against the Kubernetes schemas and against our own policy."""

import json
import pathlib
import subprocess

import yaml

from tests.tidy import tree

TREE_K8S = tree.TREE / "k8s"
SCHEMA_CHECK = pathlib.Path(__file__).with_name("kubernetes_schema.js")
_KNOWN_FIELDS = {"apiVersion", "kind", "namespace", "resources", "configMapGenerator", "images", "replicas", "patches"}
_CLUSTER_WIDE = ("Namespace", "PriorityClass")


def render(folder):
    """The objects of a kustomization. Knows what ours use, refuses the rest; names of ConfigMaps stay without hash."""
    folder = pathlib.Path(folder)
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    unknown = set(kustomization) - _KNOWN_FIELDS
    if unknown:
        raise ValueError(f"{folder}/kustomization.yaml: {sorted(unknown)} is not known to tests/tidy/manifests.py")
    objects = []
    for resource in kustomization.get("resources", []):
        path = folder / resource
        objects += render(path) if path.is_dir() else [
            entry for entry in yaml.safe_load_all(path.read_text(encoding="utf-8")) if entry]
    for generator in kustomization.get("configMapGenerator", []):
        data = {}
        for file in generator["files"]:
            key, _, source = file.rpartition("=")
            data[key or pathlib.Path(source).name] = (folder / source).read_text(encoding="utf-8")
        if generator.get("behavior") == "replace":
            for entry in _named(objects, ("ConfigMap",), generator["name"]):
                entry["data"] = data
            continue
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data})
    for entry in objects:
        if "namespace" in kustomization and entry["kind"] not in _CLUSTER_WIDE:
            entry["metadata"]["namespace"] = kustomization["namespace"]
        for container in containers(entry):
            for image in kustomization.get("images", []):
                if container["image"] == image["name"]:
                    container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
    for count in kustomization.get("replicas", []):
        for entry in _named(objects, ("Deployment", "StatefulSet"), count["name"]):
            entry["spec"]["replicas"] = count["count"]
    for patch in kustomization.get("patches", []):
        for entry in _named(objects, (patch["target"]["kind"],), patch["target"]["name"]):
            for operation in yaml.safe_load(patch["patch"]):
                _apply(entry, operation)
    return objects


def _named(objects, kinds, name):
    found = [entry for entry in objects if entry["kind"] in kinds and entry["metadata"]["name"] == name]
    if not found:
        raise ValueError(f"a kustomization names {kinds} {name}, which is not there")
    return found


def _apply(entry, operation):
    """One JSON Patch operation (RFC 6902): add or replace; into a list, add only."""
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].strip("/").split("/")]
    for part in parents:
        entry = entry[int(part)] if isinstance(entry, list) else entry[part]
    if operation["op"] == "replace" and (isinstance(entry, list) or last not in entry):
        raise ValueError(f"nothing to replace at {operation['path']}")
    if isinstance(entry, list):
        entry.append(operation["value"]) if last == "-" else entry.insert(int(last), operation["value"])
    else:
        entry[last] = operation["value"]


def pod_spec(entry):
    """The pod that a workload makes, or None."""
    return entry.get("spec", {}).get("template", {}).get("spec") if entry["kind"] in (
        "Deployment", "StatefulSet", "DaemonSet", "Job") else None


def containers(entry):
    spec = pod_spec(entry) or {}
    return spec.get("initContainers", []) + spec.get("containers", [])


def _kustomizations():
    return [TREE_K8S / "base", *sorted(path.parent for path in TREE_K8S.glob("overlays/*/kustomization.yaml"))]


def schema():
    """Types, required fields, and no field that Kubernetes does not know (it would ignore a typo silently)."""
    problems = []
    for folder in _kustomizations():
        run = subprocess.run(["node", SCHEMA_CHECK], input=json.dumps(render(folder)), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        lines = run.stdout.splitlines() or ([f"node ended with {run.returncode}"] if run.returncode else [])
        problems += [f"{folder.relative_to(tree.TREE)}: {line}" for line in lines]
    return problems


def policy():
    """What no schema asks for and every workload of ours has."""
    return [f"{folder.relative_to(tree.TREE)}: {problem}" for folder in _kustomizations()
            for problem in policy_problems(render(folder))]


def policy_problems(objects):
    names = {(entry["kind"], entry["metadata"]["name"]) for entry in objects}
    for entry in objects:
        spec, name = pod_spec(entry), f"{entry['kind']} {entry['metadata']['name']}"
        if spec is None:
            continue
        labels = entry["spec"]["template"]["metadata"]["labels"]
        if entry["spec"]["selector"]["matchLabels"].items() - labels.items():
            yield f"{name}: its selector does not match its own pods"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name}: mounts a token of the API server"
        if "terminationGracePeriodSeconds" not in spec:
            yield f"{name}: says no grace period"
        serves = entry["kind"] in ("Deployment", "StatefulSet")
        if serves and ("PodDisruptionBudget", entry["metadata"]["name"]) not in names:
            yield f"{name}: has no PodDisruptionBudget"
        for volume in spec.get("volumes", []):
            source = volume.get("configMap", {}).get("name")
            if source and ("ConfigMap", source) not in names:
                yield f"{name}: mounts ConfigMap {source}, which is not there"
        mounted = {volume["name"] for volume in spec.get("volumes", [])} | {
            claim["metadata"]["name"] for claim in entry["spec"].get("volumeClaimTemplates", [])}
        for container in containers(entry):
            yield from (f"{name}/{container['name']}: {problem}" for problem in _container_problems(
                spec, container, mounted, serves))


def _container_problems(spec, container, mounted, serves):
    own, pod = container.get("securityContext", {}), spec.get("securityContext", {})
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "has a writable root"
    if own.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "keeps capabilities"
    profile = own.get("seccompProfile", pod.get("seccompProfile", {}))
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "has no seccomp profile"
    if "requests" not in container.get("resources", {}) or "memory" not in container["resources"].get("limits", {}):
        yield "has no requests or no memory limit"
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in mounted:
            yield f"mounts {mount['name']}, which is no volume"
    if not serves:
        return
    if not own.get("runAsNonRoot", pod.get("runAsNonRoot")):
        yield "may run as root"
    ports = {port["containerPort"] for port in container.get("ports", [])}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        port = container.get(probe, {}).get("grpc", {}).get("port")
        if port not in ports:
            yield f"{probe} asks port {port}, which the container does not name"
    if container["livenessProbe"]["grpc"].get("service") == container["readinessProbe"]["grpc"].get("service"):
        yield "would be killed whenever it is not ready: liveness and readiness ask the same service"


def seccomp_profile():
    """The mixer's pod names the profile that the installer puts there, and it allows io_uring."""
    profile = json.loads((TREE_K8S / "base" / "seccomp" / "narada-mixer.json").read_text(encoding="utf-8"))
    allowed = {name for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    problems = [f"the profile does not allow {name}" for name in
                ("io_uring_setup", "io_uring_enter", "io_uring_register") if name not in allowed]
    problems += [f"the profile allows {name}" for name in
                 ("mount", "ptrace", "bpf", "init_module", "keyctl", "unshare", "setns", "reboot") if name in allowed]
    for entry in render(TREE_K8S / "base"):
        if entry["kind"] == "StatefulSet" and entry["metadata"]["name"] == "mixer":
            named = pod_spec(entry)["securityContext"]["seccompProfile"]
            if named != {"type": "Localhost", "localhostProfile": "profiles/narada-mixer.json"}:
                problems.append(f"{entry['metadata']['name']} runs under {named}")
    return problems
