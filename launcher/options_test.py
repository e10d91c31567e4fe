"""What ./run's command line means and refuses."""

import contextlib
import io
import pathlib
import socket
import tempfile
import unittest

from launcher import options


def parse(*arguments):
    return options.parse(list(arguments), default_data=pathlib.Path("data"))


def refusal(*arguments):
    """What the refused command line is told."""
    stderr = io.StringIO()
    with contextlib.redirect_stderr(stderr):
        try:
            parse(*arguments)
        except SystemExit as end:
            assert end.code == 2, end.code
            return stderr.getvalue()
    raise AssertionError(f"accepted: {arguments}")


class OptionsTest(unittest.TestCase):
    def test_defaults_stay_on_loopback(self):
        given = parse()
        self.assertEqual(("127.0.0.1", "127.0.0.1"), (given.listen, given.grpc_listen))
        self.assertEqual((5060, 50061, 50051), (given.sip_port, given.control_port, given.mixer_port))
        self.assertEqual("20000-29999", str(given.rtp_ports))

    def test_listening_on_all_addresses_leaves_grpc_on_loopback(self):
        self.assertEqual("127.0.0.1", parse("--listen", "0.0.0.0").grpc_listen)

    def test_machine_that_listens_everywhere_has_one_address_for_callers(self):
        address = options.primary_address("0.0.0.0")
        self.assertNotEqual("0.0.0.0", address)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind((address, 0))  # It is one of ours.

    def test_open_grpc_without_tls_is_refused(self):
        self.assertIn("without mutual TLS", refusal("--grpc-listen", "0.0.0.0"))

    def test_open_grpc_with_one_tls_file_names_the_missing_two(self):
        with tempfile.NamedTemporaryFile() as cert:
            message = refusal("--grpc-listen", "0.0.0.0", "--tls-cert", cert.name)
        self.assertIn("--tls-key, --tls-client-ca", message)

    def test_open_grpc_with_tls_is_reached_on_loopback(self):
        with tempfile.NamedTemporaryFile() as file:
            given = parse("--grpc-listen", "0.0.0.0", "--tls-cert", file.name, "--tls-key", file.name,
                          "--tls-client-ca", file.name)
        self.assertEqual("127.0.0.1:50051", given.grpc_address(given.mixer_port))

    def test_number_may_be_written_in_groups(self):
        self.assertEqual("+48608608608", parse("--number", "+48 608 608 608").number)

    def test_wrong_values_are_named(self):
        for arguments in (["--number", "608608608"], ["--sip-port", "0"], ["--sip-port", "99999"],
                          ["--rtp-ports", "20000"], ["--rtp-ports", "30000-20000"], ["--rtp-ports", "20001-20002"],
                          ["--listen", "localhost"], ["--nonsense"], ["--sip", "5060"], ["--config", "/nowhere/at/all"]):
            with self.subTest(arguments):
                self.assertIn(arguments[-1].removeprefix("--"), refusal(*arguments))

    def test_two_servers_cannot_share_a_port(self):
        self.assertIn("cannot share port 50061", refusal("--mixer-port", "50061"))

    def test_metrics_take_three_ports_or_none(self):
        self.assertEqual([7000, 7001, 7002], [parse("--metrics-port", "7000").metrics_port_of(name)
                                              for name in ("control", "mixer", "sip")])
        self.assertEqual(0, parse("--metrics-port", "0").metrics_port_of("sip"))


if __name__ == "__main__":
    unittest.main()
