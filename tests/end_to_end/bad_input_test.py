"""Bad input while others talk: a clear error or a counted drop, and the others notice nothing."""

import collections
import random
import socket
import struct

import grpc

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio, grpc_client, sip_messages


def hostile_datagrams(seed):
    """What a network can send to a media port: RTP and RTCP broken in every field, and noise."""
    chance = random.Random(seed)
    rtp = struct.pack("!BBHII", 0x80, 8, 1, 160, 0xDEADBEEF) + b"\xd5" * 160
    yield b""
    yield from (rtp[:length] for length in (1, 2, 11, 12))
    yield from (bytes([version << 6]) + rtp[1:] for version in range(4))
    yield b"\xbf" + rtp[1:]  # Padding, extension and 15 contributing sources that are not there.
    yield b"\xa0" + rtp[1:-1] + b"\xff"  # More padding than packet.
    yield b"\x90" + rtp[1:12] + struct.pack("!HH", 0xBEDE, 0xFFFF)  # An extension past the end.
    yield from (rtp[:1] + bytes([payload_type]) + rtp[2:] for payload_type in (1, 35, 72, 77, 96, 127, 200, 255))
    yield rtp + b"\0" * 1300
    yield b"\x80\xc8\x00\x06" + b"\0" * 3  # A sender report cut short.
    yield b"\x9f\xc9\xff\xff" + b"\0" * 60  # 31 report blocks announced, and a length past the end.
    yield b"\x81\xca\x00\x02" + b"\xff" * 8  # SDES without an end.
    yield b"\x81\xcb\x00\x00"  # BYE from nobody.
    for _ in range(200):
        yield chance.randbytes(chance.randrange(1, 400))


class BadMediaTest(NaradaTest):
    def test_malformed_rtp_and_rtcp_on_every_port_are_dropped_unheard(self):
        room, pin = self.reserve("+48601000071")
        talker = self.enter(room, pin, "tone 440@-20; listen 4; mark all-in; listen 12; hangup", number="+48601000072",
                            name="talker")
        listener = self.enter(room, pin, "listen 5; mark all-in; listen 10; hangup", number="+48601000073",
                              name="listener")
        talker.wait_step("mark all-in")
        listener.wait_step("mark all-in")
        ports = range(self.options.rtp_ports.low, self.options.rtp_ports.high + 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in hostile_datagrams(seed=1):
                for port in ports:
                    sender.sendto(datagram, ("127.0.0.1", port))
        drops = self.drops()
        self.assertGreater(sum(drops.values()), 200, drops)
        heard = listener.end()
        talker.end()
        begin = heard.at_s("mark all-in")
        for second in range(8):
            level = audio.tone_level_dbov(heard.heard_between(begin + second, begin + second + 1), 440)
            self.assertAlmostEqual(-20, level, delta=1, msg=f"second {second} of the attack")
        self.assertEqual(0, heard.media["packets_lost"])


    def drops(self):
        """Datagrams that the mixer refused on all its legs, by reason."""
        leg, channel = grpc_client.messages("mixer", "leg"), grpc_client.plain_channel(
            self.options.grpc_address(self.options.mixer_port))
        self.addCleanup(channel.close)
        legs = grpc_client.services("mixer", "leg").LegServiceStub(channel)
        total = collections.Counter()
        for entry in legs.ListLegs(leg.ListLegsRequest(), timeout=5).legs:
            answer = legs.GetLegStatistics(leg.GetLegStatisticsRequest(leg_id=entry.leg_id), timeout=5)
            total.update(answer.statistics.drops)
        return total


class BadSignalingTest(NaradaTest):
    def exchange(self, message):
        """The first final answer to a SIP request over UDP, or None."""
        return sip_messages.exchange(message, self.options.sip_port, timeout_s=3)

    def test_wrong_sdp_is_refused_and_said_so(self):
        for name, sdp in (
                ("no SDP at all", "this is no SDP"),
                ("no media", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"),
                ("video only", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                               "m=video 40000 RTP/AVP 31\r\n"),
                ("unknown codec", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                                  "m=audio 40000 RTP/AVP 3\r\n"),
                ("no address", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n")):
            with self.subTest(name):
                status = self.exchange(sip_messages.invite(self.uri, sdp))
                self.assertIsNotNone(status)
                self.assertIn(status, (400, 415, 488), name)

    def test_broken_requests_do_not_stop_the_gateway(self):
        chance = random.Random(2)
        whole = sip_messages.invite(self.uri, "v=0\r\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(300):
                broken = bytearray(whole)
                for _ in range(chance.randrange(1, 20)):
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
                sender.sendto(bytes(broken[:chance.randrange(1, len(broken))]), ("127.0.0.1", self.options.sip_port))
        self.assertEqual(200, self.exchange(sip_messages.options(self.uri)))
        call = self.phone("wait-answer; listen 2; hangup").end()
        self.assertIsNotNone(audio.onset_s(call.heard))


class BadGrpcTest(NaradaTest):
    def setUp(self):
        self.mixer = grpc_client.plain_channel(self.options.grpc_address(self.options.mixer_port))
        self.addCleanup(self.mixer.close)
        self.control = grpc_client.plain_channel(self.options.grpc_address(self.options.control_port))
        self.addCleanup(self.control.close)

    def refused(self, call, request):
        """(status code, reason) of a refused call."""
        with self.assertRaises(grpc.RpcError) as refusal:
            call(request, timeout=5)
        self.assertTrue(refusal.exception.details(), "a refusal says why")
        return refusal.exception.code().name, grpc_client.reason(refusal.exception)

    def test_missing_and_contradictory_fields_are_named(self):
        leg, legs = grpc_client.messages("mixer", "leg"), grpc_client.services("mixer", "leg").LegServiceStub(self.mixer)
        self.assertEqual(("INVALID_ARGUMENT", "FIELD_INVALID"), self.refused(legs.AddLeg, leg.AddLegRequest()))
        self.assertEqual(("NOT_FOUND", "ROOM_UNKNOWN"), self.refused(legs.AddLeg, leg.AddLegRequest(
            room_id="nowhere", sdp_offer="v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                                         "m=audio 40000 RTP/AVP 8\r\n")))
        self.assertEqual(("NOT_FOUND", "LEG_UNKNOWN"), self.refused(legs.GetLeg, leg.GetLegRequest(leg_id="nobody")))
        self.assertEqual(("NOT_FOUND", "LEG_UNKNOWN"), self.refused(legs.RemoveLeg, leg.RemoveLegRequest(leg_id="")))

    def test_leg_without_media_is_refused(self):
        room = grpc_client.messages("mixer", "room")
        rooms = grpc_client.services("mixer", "room").RoomServiceStub(self.mixer)
        room_id = rooms.CreateRoom(room.CreateRoomRequest(), timeout=5).room.room_id
        leg, legs = grpc_client.messages("mixer", "leg"), grpc_client.services("mixer", "leg").LegServiceStub(self.mixer)
        self.assertEqual(("INVALID_ARGUMENT", "FIELD_INVALID"),
                         self.refused(legs.AddLeg, leg.AddLegRequest(room_id=room_id)))
        self.assertEqual(("INVALID_ARGUMENT", "SDP_INVALID"),
                         self.refused(legs.AddLeg, leg.AddLegRequest(room_id=room_id, sdp_offer="nonsense")))
        rooms.DeleteRoom(room.DeleteRoomRequest(room_id=room_id), timeout=5)

    def test_reservation_with_nonsense_is_refused(self):
        reservation = grpc_client.messages("control", "reservation")
        stub = grpc_client.services("control", "reservation").ReservationServiceStub(self.control)
        self.assertEqual(("NOT_FOUND", "RESERVATION_UNKNOWN"), self.refused(
            stub.GetReservation, reservation.GetReservationRequest(reservation_id="nothing")))

    def test_bytes_that_are_no_message_are_refused(self):
        for channel, method in ((self.mixer, "/narada.mixer.v1.LegService/AddLeg"),
                                (self.control, "/narada.control.v1.ReservationService/CreateReservation")):
            with self.subTest(method):
                with self.assertRaises(grpc.RpcError):
                    channel.unary_unary(method)(b"\xff" * 40, timeout=5)

    def test_method_that_does_not_exist_is_unimplemented(self):
        with self.assertRaises(grpc.RpcError) as refusal:
            self.mixer.unary_unary("/narada.mixer.v1.LegService/Juggle")(b"", timeout=5)
        self.assertEqual("UNIMPLEMENTED", refusal.exception.code().name)

    def test_reflection_lists_the_services(self):
        for channel, name in ((self.mixer, b"narada.mixer.v1.LegService"),
                              (self.control, b"narada.control.v1.SignalingService")):
            listed = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")(
                iter([b"\x3a\x01*"]), timeout=5)  # ServerReflectionRequest {list_services: "*"}
            self.assertIn(name, next(listed))
