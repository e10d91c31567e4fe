"""The command line of ./run: what each option means, and a clear refusal of what cannot work."""

import argparse
import dataclasses
import ipaddress
import os
import pathlib
import re
import socket

# Programs that serve metrics, in the order of their ports: --metrics-port, the next, the one after.
METRICS_PROGRAMS = ("control", "mixer", "sip")


@dataclasses.dataclass(frozen=True)
class PortRange:
    low: int
    high: int

    def __str__(self):
        return f"{self.low}-{self.high}"


@dataclasses.dataclass(frozen=True)
class Tls:
    """Files of mutual TLS; all three or none."""

    cert: pathlib.Path
    key: pathlib.Path
    client_ca: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Options:
    listen: str
    grpc_listen: str
    tls: Tls | None
    sip_port: int
    http_port: int
    control_port: int
    mixer_port: int
    metrics_port: int  # 0: no metrics.
    health_port: int  # The SIP gateway's health service, on `listen`.
    rtp_ports: PortRange
    number: str | None  # None: as the configuration says.
    config: pathlib.Path | None  # None: narada.textproto in `data`.
    data: pathlib.Path
    build_only: bool
    demo: bool

    def grpc_address(self, port):
        """Where a client on this machine reaches a gRPC server of ours."""
        return join_address(reachable(self.grpc_listen), port)

    def metrics_port_of(self, program):
        return self.metrics_port and self.metrics_port + METRICS_PROGRAMS.index(program)


def reachable(address):
    """An address at which a server bound to `address` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)


def primary_address(wildcard):
    """This machine's address on the way to everybody else, where `wildcard` (0.0.0.0 or ::) is listened on."""
    family, elsewhere = ((socket.AF_INET6, "2001:db8::1") if ":" in wildcard else (socket.AF_INET, "192.0.2.1"))
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((elsewhere, 9))  # Sends nothing; the kernel chooses the address it would send from.
            return probe.getsockname()[0]
        except OSError:  # No way out: only this machine itself can call.
            return reachable(wildcard)


def join_address(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def parse(arguments, default_data):
    """Options from the command line; argparse exits with status 2 and one sentence where they cannot work."""
    parser = argparse.ArgumentParser(
        prog="./run",
        allow_abbrev=False,
        description="Builds and starts Narada on this machine: mixer, control and the SIP gateway, until Ctrl-C.",
        epilog="The gRPC ports stay on loopback unless --grpc-listen is given together with the three --tls options.",
    )
    parser.add_argument("--listen", metavar="ADDR", type=_address, default="127.0.0.1",
                        help="IP address for SIP, RTP and HTTP; :: is IPv6 only (default: %(default)s)")
    parser.add_argument("--sip-port", metavar="PORT", type=_port, default=5060, help="default: %(default)s")
    parser.add_argument("--http-port", metavar="PORT", type=_port, default=8080,
                        help="the console (default: %(default)s)")
    parser.add_argument("--control-port", metavar="PORT", type=_port, default=50061,
                        help="gRPC of control (default: %(default)s)")
    parser.add_argument("--mixer-port", metavar="PORT", type=_port, default=50051,
                        help="gRPC of the mixer (default: %(default)s)")
    parser.add_argument("--rtp-ports", metavar="LOW-HIGH", type=_port_range, default=PortRange(20000, 29999),
                        help="UDP ports of the callers' audio (default: %(default)s)")
    parser.add_argument("--number", metavar="E164", type=_number,
                        help="the access number that callers dial (default: as the configuration says,"
                             " +48608608608 where it says nothing)")
    parser.add_argument("--metrics-port", metavar="PORT", type=_port_or_off, default=9090,
                        help="first of three ports, for control, mixer and sip in this order;"
                             " 0 turns metrics off (default: %(default)s)")
    parser.add_argument("--health-port", metavar="PORT", type=_port, default=50071,
                        help="health of the SIP gateway, on --listen (default: %(default)s)")
    parser.add_argument("--config", metavar="FILE", type=pathlib.Path,
                        help="configuration to use instead of narada.textproto in the data folder")
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=default_data,
                        help="folder of everything that lasts (default: %(default)s)")
    parser.add_argument("--grpc-listen", metavar="ADDR", type=_address,
                        help="IP address for gRPC; needs --tls-cert, --tls-key and --tls-client-ca")
    parser.add_argument("--tls-cert", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--tls-key", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--tls-client-ca", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--build-only", action="store_true", help="install and build, start nothing")
    parser.add_argument("--demo", action="store_true",
                        help="place synthetic calls through the whole story, leave what each caller heard as WAV, stop")
    given = parser.parse_args(arguments)

    tls = _tls(parser, given)
    if given.grpc_listen and not tls and not ipaddress.ip_address(given.grpc_listen).is_loopback:
        parser.error(
            f"--grpc-listen {given.grpc_listen} would open the gRPC ports to others without mutual TLS:"
            " give --tls-cert, --tls-key and --tls-client-ca as well, or leave gRPC on loopback")
    if given.config and not given.config.is_file():
        parser.error(f"--config {given.config}: no such file")
    options = Options(
        listen=given.listen,
        grpc_listen=given.grpc_listen or "127.0.0.1",
        tls=tls,
        sip_port=given.sip_port,
        http_port=given.http_port,
        control_port=given.control_port,
        mixer_port=given.mixer_port,
        metrics_port=given.metrics_port,
        health_port=given.health_port,
        rtp_ports=given.rtp_ports,
        number=given.number,
        config=given.config and given.config.absolute(),
        data=given.data.absolute(),
        build_only=given.build_only,
        demo=given.demo,
    )
    _refuse_shared_ports(parser, options)
    return options


def _tls(parser, given):
    files = {"--tls-cert": given.tls_cert, "--tls-key": given.tls_key, "--tls-client-ca": given.tls_client_ca}
    absent = [name for name, path in files.items() if path is None]
    if len(absent) == len(files):
        return None
    if absent:
        parser.error(f"mutual TLS needs all three files; missing: {', '.join(absent)}")
    for name, path in files.items():
        if not os.access(path, os.R_OK):
            parser.error(f"{name} {path}: cannot be read")
    return Tls(*(path.absolute() for path in files.values()))


def _refuse_shared_ports(parser, options):
    tcp = {"--sip-port": options.sip_port, "--http-port": options.http_port,
           "--control-port": options.control_port, "--mixer-port": options.mixer_port,
           "--health-port": options.health_port}
    for program in METRICS_PROGRAMS:
        if options.metrics_port:
            tcp[f"--metrics-port ({program})"] = options.metrics_port_of(program)
    seen = {}
    for name, port in tcp.items():
        if port > 65535:
            parser.error(f"{name}: port {port} does not exist")
        if port in seen:
            parser.error(f"{seen[port]} and {name} cannot share port {port}")
        seen[port] = name
    if options.rtp_ports.low <= options.sip_port <= options.rtp_ports.high:
        parser.error(f"--sip-port {options.sip_port} lies within --rtp-ports {options.rtp_ports}")


def _address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no IP address") from None


def _port(text):
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port (1 to 65535)")
    return int(text)


def _port_or_off(text):
    return 0 if text == "0" else _port(text)


def _port_range(text):
    match = re.fullmatch(r"(\d+)-(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no range such as 20000-29999")
    low, high = _port(match[1]), _port(match[2])
    if high - low < 1 + low % 2:  # A leg takes a pair: RTP on the even port, RTCP on the next.
        raise argparse.ArgumentTypeError(f"'{text}' has no room for a single call")
    return PortRange(low, high)


def _number(text):
    number = re.sub(r"[ \-()]", "", text)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise argparse.ArgumentTypeError(f"'{text}' is no E.164 number such as +48608608608")
    return number
