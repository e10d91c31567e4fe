"""Are the ports free? Asked before anything starts, so that the answer names the option to change.

The programs refuse an occupied port as well; but then another server could answer our question for health.
"""

import errno
import socket


class PortInUse(Exception):
    """The message names the port and the option that moves it."""


def refuse_occupied(options):
    """Raises PortInUse for the first port of `options` that cannot be bound."""
    _try(options.listen, options.sip_port, socket.SOCK_DGRAM, "--sip-port")
    _try(options.listen, options.sip_port, socket.SOCK_STREAM, "--sip-port")
    _try(options.listen, options.http_port, socket.SOCK_STREAM, "--http-port")
    _try(options.grpc_listen, options.control_port, socket.SOCK_STREAM, "--control-port")
    _try(options.grpc_listen, options.mixer_port, socket.SOCK_STREAM, "--mixer-port")
    _try(options.listen, options.health_port, socket.SOCK_STREAM, "--health-port")
    if options.metrics_port:
        for offset in range(3):
            _try("127.0.0.1", options.metrics_port + offset, socket.SOCK_STREAM, "--metrics-port")


def _try(address, port, kind, option):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:  # A connection that lingers after a stop is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise PortInUse(f"{address} is no address of this machine; choose another with --listen"
                                " (--grpc-listen for gRPC)") from error
            if error.errno == errno.EACCES:
                raise PortInUse(f"this user may not use port {port}; choose one from 1024 up with {option}") from error
            name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
            raise PortInUse(f"{name} port {port} on {address} is in use by another program;"
                            f" choose another with {option}") from error
