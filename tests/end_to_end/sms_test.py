"""SMS on their way out: to an SMSC by SMPP (npm's smpp), to an HTTP gateway, into the spool; and what becomes of them."""

import time
import urllib.request

from tests.end_to_end.harness import NaradaTest, free_ports
from tests.instruments import grpc_client, sms_gateway
from tests.instruments.smsc import Smsc

_POLISH = ("Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem +48 608 608 608."
           " Proszę podać numer pokoju konferencyjnego: {room} i PIN: {pin}")
_ENGLISH = ("You are invited to a teleconference on DD/MM at hh:mm, number +48 608 608 608."
            " Please enter conference room number: {room} and PIN: {pin}")
_SMPP = """
    routes { smpp { target: "127.0.0.1:%d" system_id: "narada" password_file: "%s" window: 4
                    response_timeout { seconds: 2 } enquire_link { seconds: 2 } } }
"""


class SmsTest(NaradaTest):
    """What the classes below share: the API, and reservations by it."""

    @classmethod
    def call(cls, service, method, **fields):
        messages = grpc_client.messages("control", service)
        stub = getattr(grpc_client.services("control", service), f"{service.capitalize()}ServiceStub")
        with grpc_client.plain_channel(cls.options.grpc_address(cls.options.control_port)) as channel:
            return getattr(stub(channel), method)(getattr(messages, f"{method}Request")(**fields), timeout=10)

    @classmethod
    def reserve_by_api(cls, number, **fields):
        return cls.call("reservation", "CreateReservation", organiser_number=number, **fields).reservation

    def sms(self, sms_id):
        return self.call("sms", "GetSms", sms_id=sms_id).sms

    def wait_for_state(self, sms_id, state, timeout_s=20):
        wanted = grpc_client.messages("control", "sms").SmsState.Value(f"SMS_STATE_{state}")
        return self.wait_until(lambda: (sms := self.sms(sms_id)).state == wanted and sms, timeout_s,
                               f"the message did not become {state}")

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        self.fail(f"no metric {name}")


class SmppSmsTest(SmsTest):
    """A control with an SMSC of its own."""

    @classmethod
    def setUpClass(cls):
        cls.smsc = Smsc()
        cls.addClassCleanup(cls.smsc.close)
        cls.smsc.set(password="secret08", receipts="text")
        cls.metrics_port, = free_ports(1)
        cls.FLAGS = {"control": [f"--metrics_port={cls.metrics_port}"]}
        password = cls.secret("secret08")
        cls.CONFIG = ("control { sms { per_range_day_max: 1000000 " + _SMPP % (cls.smsc.port, password) + "} }")
        super().setUpClass()

    @classmethod
    def secret(cls, text):
        import tempfile
        file = tempfile.NamedTemporaryFile("w", suffix=".secret", delete=True)
        file.write(text + "\n")
        file.flush()
        cls.addClassCleanup(file.close)
        return file.name

    def setUp(self):
        self.smsc.set(delay_ms=0, unanswered=0, close_after=0, throttle_every=0, per_second=0, status=0, receipts="text",
                      receipt_state="DELIVRD")

    def reserve_many(self, prefix, count, wait=True):
        """Reservations by number, as the API answered."""
        made = {f"{prefix}{i:03}": self.reserve_by_api(f"{prefix}{i:03}") for i in range(count)}
        if wait:
            self.wait_until(lambda: self.have_come(made), 60, "not every SMS came to the SMSC")
        return made

    def have_come(self, made):
        return all(self.smsc.messages(number) for number in made)

    def check_texts(self, made):
        for number, reservation in made.items():
            wanted = _POLISH.format(room=reservation.room_number, pin=reservation.pin)
            self.assertEqual({wanted}, {message["text"] for message in self.smsc.messages(number)}, number)

    def check_copies(self, made):
        """What came twice was counted, message by message."""
        for number, reservation in made.items():
            self.assertLessEqual(self.smsc.copies(number), self.sms(reservation.sms_id).possible_duplicates, number)

    def copies(self, made):
        return sum(self.smsc.copies(number) for number in made)


class SmppTest(SmppSmsTest):
    def test_reservation_by_phone_comes_readable_in_three_parts_and_its_receipts_are_shown(self):
        self.phone("wait-answer; listen 1; press 3; listen 3; hangup", number="+48601000201").end()
        message, = self.wait_until(lambda: self.smsc.messages("+48601000201"), 20)
        row, = self.rows("SELECT * FROM reservations WHERE organiser_number = ?", "+48601000201")
        reservation = self.call("reservation", "GetReservation", reservation_id=row["id"], reveal_pin=True).reservation
        self.assertEqual(_POLISH.format(room=reservation.room_number, pin=reservation.pin), message["text"])
        parts = self.smsc.accepted("+48601000201")
        self.assertEqual([(8, 5, "Narada", 1)] * 3, [(part["data_coding"], part["source_ton"], part["from"],
                                                      part["registered_delivery"]) for part in parts])
        self.assertEqual(1, len({part["udh"][0][4:6] for part in parts}))
        self.assertEqual([67, 67], [len(part["text"]) for part in parts[:2]])
        sms = self.wait_for_state(reservation.sms_id, "DELIVERED")
        self.assertEqual(("smpp", 3, 0, 1), (sms.dispatcher, sms.parts, sms.possible_duplicates, sms.attempts))
        self.assertEqual([part["id"].lower() for part in parts], list(sms.message_ids))
        self.assertTrue(sms.HasField("delivery_time"))

    def test_english_invitation_is_one_part_of_the_gsm_alphabet(self):
        self.smsc.set(receipts="parameters")
        reservation = self.reserve_by_api("+48601000202", language=2)
        message, = self.wait_until(lambda: self.smsc.messages("+48601000202"), 20)
        self.assertEqual(_ENGLISH.format(room=reservation.room_number, pin=reservation.pin), message["text"])
        part, = self.smsc.accepted("+48601000202")
        self.assertEqual((0, []), (part["data_coding"], part["udh"]))
        self.wait_for_state(reservation.sms_id, "DELIVERED")

    def test_receipt_of_a_failure_is_shown_and_the_message_can_be_sent_once_more(self):
        self.smsc.set(receipt_state="EXPIRED")
        reservation = self.reserve_by_api("+48601000203")
        sms = self.wait_for_state(reservation.sms_id, "UNDELIVERED")
        self.assertIn("EXPIRED", sms.failure)
        self.smsc.set(receipt_state="DELIVRD")
        self.call("sms", "RetrySms", sms_id=reservation.sms_id)
        self.wait_for_state(reservation.sms_id, "DELIVERED")
        with self.assertRaises(grpc_client.grpc.RpcError) as refused:
            self.call("sms", "RetrySms", sms_id=reservation.sms_id)
        self.assertEqual("SMS_NOT_FAILED", grpc_client.reason(refused.exception))

    def test_number_that_the_smsc_refuses_is_not_tried_again(self):
        self.smsc.set(status=0x0B)
        reservation = self.reserve_by_api("+48601000204")
        sms = self.wait_for_state(reservation.sms_id, "FAILED")
        self.assertEqual((1, "the SMSC answered ESME_RINVDSTADR"), (sms.attempts, sms.failure))

    def test_breaks_in_mid_window_lose_nothing_and_count_what_may_be_double(self):
        self.smsc.set(close_after=5)
        made = self.reserve_many("+48602003", 10)
        self.check_texts(made)
        self.wait_until(lambda: all(self.sms(reservation.sms_id).state >= 3 for reservation in made.values()), 20)
        unanswered = sum(1 for number in made for part in self.smsc.accepted(number) if not part["answered"])
        self.assertEqual(1, unanswered)
        self.assertGreater(self.copies(made), 0)
        self.check_copies(made)

    def test_lost_answers_are_repeated_and_counted_one_for_one(self):
        self.smsc.set(unanswered=3)
        made = self.reserve_many("+48602004", 2)
        self.wait_until(lambda: all(self.sms(reservation.sms_id).state >= 3 for reservation in made.values()), 30)
        self.check_texts(made)
        self.assertGreaterEqual(self.copies(made), 3)
        self.check_copies(made)
        self.assertGreaterEqual(self.metric("narada_control_sms_possible_duplicates_total"), 3)

    def test_slow_answers_are_believed_when_they_come(self):
        self.smsc.set(delay_ms=3000)
        made = self.reserve_many("+48602005", 2)
        self.wait_until(lambda: all(self.sms(reservation.sms_id).state >= 3 for reservation in made.values()), 30)
        self.check_texts(made)
        self.check_copies(made)
        # The answers to all that was sent at first came late, and none of it was sent again.
        self.assertLess(self.copies(made), 6)

    def test_smsc_that_was_away_gets_everything_when_it_is_back(self):
        self.smsc.stop()
        made = self.reserve_many("+48602006", 5, wait=False)
        time.sleep(3)
        self.smsc.start()
        self.smsc.set(password="secret08", receipts="text")
        self.wait_until(lambda: self.have_come(made), 20, "not every SMS came to the SMSC that is back")
        self.check_texts(made)
        self.check_copies(made)

    def test_preview_says_alphabet_parts_and_room_left(self):
        polish = self.call("sms", "PreviewSms", language=1, room_number="12345")
        self.assertIn("12345 i PIN: ******", polish.text)
        self.assertEqual((2, 3), (polish.alphabet, polish.parts))
        english = self.call("sms", "PreviewSms", language=2)
        self.assertEqual((1, 1), (english.alphabet, english.parts))
        self.assertEqual(160 - len(english.text), english.remaining_characters)
        with self.assertRaises(grpc_client.grpc.RpcError) as refused:
            self.call("sms", "PreviewSms", template="no blanks")
        self.assertEqual("TEMPLATE_INVALID", grpc_client.reason(refused.exception))

    def test_neither_pin_nor_password_is_in_a_log(self):
        reservation = self.reserve_by_api("+48601000209")
        self.wait_for_state(reservation.sms_id, "DELIVERED")
        for path in (self.data / "logs").iterdir():
            text = path.read_bytes()
            self.assertNotIn(reservation.pin.encode(), text)
            self.assertNotIn(b"secret08", text)


class SmppLimitTest(SmppSmsTest):
    """An SMSC with a limit of its own meets a control that was never refused before."""

    def test_throttled_messages_all_come_once(self):
        self.smsc.set(per_second=30)
        before = len(self.smsc.events("submit"))
        made = self.reserve_many("+48602001", 40)
        self.check_texts(made)
        self.check_copies(made)
        submits = self.smsc.events("submit")[before:]
        throttled = sum(1 for submit in submits if submit["status"] == 0x58)
        self.assertGreater(throttled, 0)
        self.assertLess(throttled, len(submits) / 4, "a hot loop")
        self.assertGreater(self.metric("narada_control_sms_throttled_total"), 0)


class SmppRefusalsTest(SmppSmsTest):
    """Refusals that have nothing to do with the pace; they slow control down for minutes."""

    def test_every_third_refused_as_too_much_comes_all_the_same(self):
        self.smsc.set(throttle_every=3)
        made = self.reserve_many("+48602002", 5)
        self.check_texts(made)
        self.check_copies(made)


class SmppAlphabetTest(SmsTest):
    """What the SMSC got is what was written, in each alphabet, in one part and in several."""

    ALPHABET = "SMS_ALPHABET_UCS2"
    TEXTS = {
        # The seven characters of the extension table that a template may have; one stands where a part ends.
        (1, "several parts of the GSM alphabet"): "Kod: €[~]^|\\ " * 21 + "{room} {pin} {number}",
        (2, "one part of UCS-2"): "Pokój {room}, PIN {pin}, tel. {number}: żółw €",
    }

    @classmethod
    def setUpClass(cls):
        cls.smsc = Smsc()
        cls.addClassCleanup(cls.smsc.close)
        templates = "".join('invitations { language: "%s" text: "%s" } ' % (("pl", "en")[language - 1], text.replace("\\", "\\\\"))
                            for (language, _), text in cls.TEXTS.items())
        cls.CONFIG = ('control { sms { alphabet: %s %s routes { smpp { target: "127.0.0.1:%d" system_id: "narada" } } } }'
                      % (cls.ALPHABET, templates, cls.smsc.port))
        super().setUpClass()

    def test_text_comes_character_for_character(self):
        for (language, what), template in self.TEXTS.items():
            with self.subTest(what):
                number = f"+4860100040{language}"
                reservation = self.reserve_by_api(number, language=language)
                message, = self.wait_until(lambda number=number: self.smsc.messages(number), 20)
                self.assertEqual(template.format(room=reservation.room_number, pin=reservation.pin, number="+48 608 608 608"),
                                 message["text"])
                parts = self.smsc.accepted(number)
                self.assertEqual({{1: 0, 2: 8}[language]}, {part["data_coding"] for part in parts})
                self.assertEqual(self.wait_for_state(reservation.sms_id, "SENT").parts, len(parts))
                if language == 1:
                    self.assertGreaterEqual(len(parts), 3)
                    septets = [sum(1 + (letter in "€[~]^|\\") for letter in part["text"]) for part in parts]
                    self.assertTrue(all(count in (152, 153) for count in septets[:-1]), septets)
                    self.assertIn(152, septets, "no two septets of one character met the end of a part")
                else:
                    self.assertEqual(1, len(parts))


class TransliterationTest(SmppAlphabetTest):
    """The operator prefers one part to the Polish letters."""

    ALPHABET = "SMS_ALPHABET_GSM7"
    TEXTS = {(1, "one part of plain letters"): "Pokój {room}, PIN {pin}, tel. {number}: zażółć gęślą jaźń"}

    def test_text_comes_character_for_character(self):
        template, = self.TEXTS.values()
        reservation = self.reserve_by_api("+48601000411")
        message, = self.wait_until(lambda: self.smsc.messages("+48601000411"), 20)
        plain = template.translate(str.maketrans("ążółćęśźń", "azolceszn"))
        self.assertEqual(plain.format(room=reservation.room_number, pin=reservation.pin, number="+48 608 608 608"),
                         message["text"])
        self.assertEqual([0], [part["data_coding"] for part in self.smsc.accepted("+48601000411")])


class HttpGatewayTest(SmsTest):
    CONFIG = "set in setUpClass"

    @classmethod
    def setUpClass(cls):
        import pathlib
        import shutil
        import tempfile
        folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-gateway-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        certificate = sms_gateway.make_certificate(folder)
        cls.gateway = sms_gateway.SmsGateway(certificate)
        cls.addClassCleanup(cls.gateway.close)
        cls.stranger = sms_gateway.SmsGateway(sms_gateway.make_certificate(pathlib.Path(tempfile.mkdtemp(dir=folder))))
        cls.addClassCleanup(cls.stranger.close)
        (folder / "token").write_text("t0ken\n")
        http = """
            url: "%s/v1/messages?id={id}"
            headers { name: "Authorization" value: "Bearer {secret}" }
            body: '{"to": "{to}", "from": "{from}", "text": "{text}"}'
            secret_file: "%s" ca_file: "%s" timeout { seconds: 1 } id_pointer: "/messages/0/id" """
        cls.CONFIG = "control { sms { routes { name: 'stranger' http { %s } } routes { http { %s } } routes { spool {} } } }" % (
            http % (cls.stranger.url, folder / "token", certificate[0]),
            http % (cls.gateway.url, folder / "token", certificate[0]))
        super().setUpClass()

    def setUp(self):
        self.gateway.answer(200)

    def test_message_is_posted_as_the_templates_say_and_only_to_whom_the_certificate_proves(self):
        reservation = self.reserve_by_api("+48601000301")
        sms = self.wait_for_state(reservation.sms_id, "SENT")
        request, = self.gateway.sent_to("+48601000301")
        self.assertEqual({"to": "+48601000301", "from": "Narada",
                          "text": _POLISH.format(room=reservation.room_number, pin=reservation.pin)}, request["json"])
        self.assertEqual(f"/v1/messages?id={reservation.sms_id}", request["path"])
        self.assertEqual("Bearer t0ken", request["headers"]["Authorization"])
        self.assertEqual("http", sms.dispatcher)
        self.assertEqual(1, len(sms.message_ids))
        self.assertTrue(sms.message_ids[0].startswith("http-"))
        self.assertEqual([], self.stranger.requests)

    def test_busy_gateway_is_asked_again_or_the_spool_takes_it(self):
        self.gateway.answer(503, headers={"Retry-After": "1"})
        reservation = self.reserve_by_api("+48601000302")
        self.assertEqual("spool", self.wait_for_state(reservation.sms_id, "SENT").dispatcher)
        self.assertIn(reservation.pin, self.message_to("+48601000302")["text"])

    def test_refusal_is_for_good(self):
        self.gateway.answer(422)
        sms = self.wait_for_state(self.reserve_by_api("+48601000303").sms_id, "FAILED")
        self.assertEqual((1, "the gateway answered 422"), (sms.attempts, sms.failure))

    def test_lost_answer_is_repeated_with_the_same_id_and_counted(self):
        for number, fault in (("+48601000304", {"hang_up": True}), ("+48601000305", {"delay_s": 2})):
            self.gateway.answer(200, **fault)
            reservation = self.reserve_by_api(number)
            self.wait_until(lambda number=number: self.gateway.sent_to(number), 10)
            self.gateway.answer(200)
            sms = self.wait_for_state(reservation.sms_id, "SENT")
            self.assertEqual(("http", 1), (sms.dispatcher, sms.possible_duplicates))
            self.assertEqual(2, len(self.gateway.sent_to(number)))
            self.assertEqual(1, len({request["path"] for request in self.gateway.sent_to(number)}))


class SmsLimitTest(SmsTest):
    """V22: a service that sends an SMS to whoever is named is made to send thousands, unless it counts."""

    CONFIG = "control { sms { per_caller_day_max: 3 per_destination_day_max: 2 per_range_day_max: 4 } }"

    def test_v22_caller_over_the_limit_hears_so_and_keeps_the_reservation(self):
        for _ in range(2):
            self.assertTrue(self.reserve_by_api("+48601400001").sms_id)
        call = self.phone("wait-answer; listen 1; press 3; listen 36; hangup", number="+48601400001").end()
        self.assertEqual(["no_sms"], self.said(call.heard, "pl", "no_sms", "sms_to_caller"))
        rows = self.rows("SELECT * FROM reservations WHERE organiser_number = ?", "+48601400001")
        self.assertEqual(3, len(rows))
        self.assertEqual(1, sum(row["message_id"] is None for row in rows))
        self.assertEqual(2, len([message for message in self.messages() if message["To"] == "+48601400001"]))

    def test_v22_neighbouring_numbers_share_a_limit_and_foreign_ones_get_nothing(self):
        sent = [bool(self.reserve_by_api(f"+48602400{i:03}").sms_id) for i in range(6)]
        self.assertEqual([True] * 4 + [False] * 2, sent)
        self.assertFalse(self.reserve_by_api("+882161234567").sms_id)
        self.assertFalse(self.reserve_by_api("+48221234567").sms_id)
