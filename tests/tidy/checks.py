"""The checks of the tidy part: name to function; a function returns its problems as lines."""

import re
import subprocess

from tests.tidy import house_rules, layers, manifests, tree

_NPM_BIN = tree.TREE / "third_party" / "npm" / "node_modules" / ".bin"


def _tool(*command):
    """The lines a linter prints; none if it is content."""
    run = subprocess.run([str(word) for word in command], cwd=tree.TREE, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    return (run.stdout.splitlines() or [f"{command[0]}: exit code {run.returncode}"]) if run.returncode else []


def _over(paths, *command):
    """A linter over files; content where there are none."""
    return _tool(*command, *paths) if paths else []


def buildifier():
    return _over(tree.files("BUILD.bazel", ".bzl", "WORKSPACE", ".BUILD"), _NPM_BIN / "buildifier", "-mode=check",
                 "-lint=warn", "-warnings=-native-cc,-native-cc-library,-native-cc-binary,-native-cc-test,-module-docstring,"
                 "-function-docstring-args,-function-docstring-return,-function-docstring,-attr-cfg")


def configurations():
    """Every narada.textproto that is shipped fits the schema, with and without what it shows as a comment."""
    problems = []
    for path in tree.files(".textproto"):
        if "catalogue" in path or "fuzz" in path or path.startswith("control/config/"):
            continue  # Other schemas; and the example, which has a test of its own.
        text = (tree.TREE / path).read_text(encoding="utf-8")
        # "# pin_digits: 6" shows a default: it must be one that could be used.
        shown = re.sub(r"^( *)# ([a-z_]+ ?[:{].*|  .*|\})$", r"\1\2", text, flags=re.MULTILINE)
        for version, content in (("", text), (" with its comments taken as fields", shown)):
            run = subprocess.run(["protoc", "-Iproto", "--encode=narada.config.v1.Narada",
                                  "proto/narada/config/v1/narada.proto"], cwd=tree.TREE, text=True, input=content,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", check=False)
            if run.returncode:
                problems += [f"{path}{version}: {line}" for line in run.stderr.splitlines()]
    return problems


CHECKS = {
    "buf_lint": lambda: _tool(_NPM_BIN / "buf", "lint", "proto"),
    "buildifier": buildifier,
    "clang_format": lambda: _over(tree.files(".cc", ".h"), "clang-format", "--dry-run", "-Werror"),
    "shellcheck": lambda: _over(tree.shell_scripts(), "shellcheck"),
    "pyflakes": lambda: _over(tree.files(".py"), "pyflakes3"),
    "yamllint": lambda: _over(tree.files(".yaml", ".yml"), "yamllint", "--strict"),
    "includes_point_one_way": layers.wrong_includes,
    "dependencies_point_one_way": layers.wrong_dependencies,
    "long_files": house_rules.long_files,
    "proto_fields": house_rules.proto_fields,
    "header_guards": house_rules.header_guards,
    "unfinished_business": house_rules.unfinished_business,
    "machine_paths": house_rules.machine_paths,
    "clocks_and_locks_in_the_core": house_rules.clocks_and_locks_in_the_core,
    "paths_in_docs": house_rules.paths_in_docs,
    "npm_packages_run_on_debians_node": house_rules.npm_packages_run_on_debians_node,
    "configurations": configurations,
    "kubernetes_schema": manifests.schema,
    "kubernetes_policy": manifests.policy,
    "seccomp_profile": manifests.seccomp_profile,
}
