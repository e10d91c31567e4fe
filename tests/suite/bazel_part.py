"""Parts made of Bazel targets: tests in a configuration, fuzzers, benchmarks."""

import concurrent.futures
import json
import pathlib
import subprocess
import tempfile
import urllib.parse
import xml.etree.ElementTree

from tests.suite.results import FAILED, PASSED, SKIPPED, Result

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
BAZEL = TREE / "third_party" / "bazel"


def query(expression):
    """The labels that a Bazel query gives, sorted."""
    answer = subprocess.run([BAZEL, "query", "--noshow_progress", expression], cwd=TREE, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"bazel query {expression}: {answer.stderr}")
    return sorted(answer.stdout.split())


class BazelTests:
    """Test targets in one configuration; each case of a GoogleTest binary counts as one check.

    Targets that `live`, a query, gives hold calls in real time, which can lose to their neighbours on a busy machine:
    such a one that fails is run once more by itself. Failing twice is failing.
    """

    def __init__(self, name, config, expression, live=None):
        self.name = name
        self.build = config, expression
        self._live = live

    def checks(self):
        return query(self.build[1])

    def run(self, labels):
        results = self._test(labels)
        failed = {label_of(result) for result in results if result.outcome == FAILED}
        again = sorted(failed.intersection(query(self._live))) if failed and self._live else []
        if not again:
            return results
        print(f"once more, one at a time: {' '.join(again)}", flush=True)
        return [result for result in results if label_of(result) not in again] + self._test(
            again, "--local_test_jobs=1", "--cache_test_results=no")

    def _test(self, labels, *options):
        with tempfile.TemporaryDirectory() as folder:
            targets, events = pathlib.Path(folder) / "targets", pathlib.Path(folder) / "events"
            targets.write_text("\n".join(labels))
            subprocess.run([BAZEL, "test", f"--config={self.build[0]}", "--keep_going", "--test_output=summary",
                            "--test_summary=none", "--ui_event_filters=-info", f"--build_event_json_file={events}",
                            *options, f"--target_pattern_file={targets}"], cwd=TREE, check=False)
            return list(self.results(labels, events))

    def results(self, labels, events):
        """What Bazel's event file says of the labels; a label that it does not mention failed."""
        logs = {}  # Of each label, the last attempt's (status, path of test.xml).
        if events.exists():
            for line in events.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)
                if "testResult" in event:
                    outputs = {output["name"]: output.get("uri", "") for output
                               in event["testResult"].get("testActionOutput", [])}
                    path = urllib.parse.unquote(urllib.parse.urlparse(outputs.get("test.xml", "")).path)
                    logs[event["id"]["testResult"]["label"]] = (event["testResult"].get("status"), path)
        for label in labels:
            status, path = logs.get(label, ("NOT BUILT", ""))
            found = list(cases(label, path))
            # A crash or a time-out leaves no failed case behind, or no file at all.
            if status != "PASSED" and not any(case.outcome == FAILED for case in found):
                found.append(Result(label, FAILED, f"{status}\n{end_of_log(path)}"))
            yield from found or [Result(label, PASSED)]


def end_of_log(xml_path):
    """The last lines of the test.log beside a test.xml; Bazel's own remarks left out."""
    try:
        log = pathlib.Path(xml_path).with_name("test.log").read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
    return "\n".join([line for line in log.splitlines() if "linux-sandbox" not in line][-40:])


def label_of(result):
    """The target that a Result of BazelTests is about."""
    return result.name.partition(" ")[0]


def cases(label, path):
    """A Result for each case in a test.xml that ran; none if there is no such file."""
    try:
        elements = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        return
    for case in elements:
        if case.get("status") == "notrun":
            continue
        suite = case.get("classname")
        name = f"{label} {suite}.{case.get('name')}" if suite else label
        skipped = case.find("skipped")
        problems = [*case.findall("failure"), *case.findall("error")]
        if problems:
            yield Result(name, FAILED, "\n".join(problem.text or problem.get("message", "") for problem in problems))
        elif skipped is not None or case.get("result") == "skipped":
            yield Result(name, SKIPPED, "" if skipped is None else skipped.get("message", ""))
        else:
            yield Result(name, PASSED)


class BazelBuild:
    """Every program and test compiles in the configuration that is shipped.

    Libraries come with them: named themselves, as //... does, each would be compiled a second time for a shared object.
    """

    name = "build"

    def checks(self):
        return ["programs and tests"]

    def run(self, names):
        with tempfile.TemporaryDirectory() as folder:
            targets = pathlib.Path(folder) / "targets"
            targets.write_text("\n".join(query('kind("cc_(binary|test) rule", //...)')))
            code = subprocess.run([BAZEL, "build", "--config=opt", "--keep_going", "--ui_event_filters=-info",
                                   "--show_result=0", f"--target_pattern_file={targets}"], cwd=TREE, check=False).returncode
        return [Result(name, FAILED if code else PASSED, f"bazel ended with {code}" if code else "") for name in names]


class BazelBinaries:
    """Binaries built in one configuration and run, `workers` at a time; exit code 0 passes.

    `arguments(label)` gives each its command line, `timeout_s` its time.
    """

    def __init__(self, name, config, expression, arguments, timeout_s, workers=1):
        self.name = name
        self.build = config, expression
        self._arguments = arguments
        self._timeout_s = timeout_s
        self._workers = workers

    def checks(self):
        return query(self.build[1])

    def run(self, labels):
        subprocess.run([BAZEL, "build", f"--config={self.build[0]}", "--keep_going", "--ui_event_filters=-info",
                        "--show_result=0", *labels], cwd=TREE, check=False)
        info = subprocess.run([BAZEL, "info", f"--config={self.build[0]}", "bazel-bin"], cwd=TREE, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        bazel_bin = pathlib.Path(info.stdout.strip())
        with concurrent.futures.ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(lambda label: self._run_one(label, bazel_bin / label.removeprefix("//").replace(":", "/")),
                                 labels))

    def _run_one(self, label, binary):
        with tempfile.TemporaryDirectory() as folder:
            try:
                run = subprocess.run([binary, *self._arguments(label)], cwd=folder, text=True, errors="replace",
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self._timeout_s,
                                     check=False)
            except subprocess.TimeoutExpired:
                return Result(label, FAILED, f"did not end within {self._timeout_s} s")
            except OSError as error:
                return Result(label, FAILED, f"was not built: {error}")
        if run.returncode != 0:
            return Result(label, FAILED, f"exit code {run.returncode}:\n{run.stdout[-4000:]}")
        return Result(label, PASSED)
