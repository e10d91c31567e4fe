"""Our gRPC services from Python: modules generated from proto/ once, into a temporary folder."""

import atexit
import functools
import importlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

import grpc

_PROTO = pathlib.Path(__file__).resolve().parent.parent.parent / "proto"


@functools.cache
def _generated():
    folder = tempfile.mkdtemp(prefix="narada-proto-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    files = [str(path) for path in _PROTO.rglob("*.proto")]
    subprocess.run(["protoc", f"-I{_PROTO}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", *files], check=True)
    sys.path.insert(0, folder)
    return folder


def messages(package, name):
    """The message module, such as messages("mixer", "leg")."""
    _generated()
    return importlib.import_module(f"narada.{package}.v1.{name}_pb2")


def services(package, name):
    """The service module of the same file."""
    _generated()
    return importlib.import_module(f"narada.{package}.v1.{name}_pb2_grpc")


def reason(error):
    """The ErrorInfo reason that a grpc.RpcError carries, as documented above each rpc; None if it has none."""
    _generated()
    status_module = importlib.import_module("google.rpc.status_pb2")
    details_module = importlib.import_module("google.rpc.error_details_pb2")
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_module.Status.FromString(value).details:
                if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                    return details_module.ErrorInfo.FromString(detail.value).reason
    return None


def plain_channel(address):
    # A connection of its own: one that is shared with an idle channel of this process may just be closed.
    return grpc.insecure_channel(address, [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)])
