"""Who gets into the console, and how: over TLS, by a proxy's word, by a moderator's PIN, and no longer than they may."""

import http.client
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.request

from tests.end_to_end.accounts_test import PIN_NUMBER, CompanyTest
from tests.end_to_end.console_case import ConsoleCase
from tests.end_to_end.voice import Voice
from tests.instruments import grpc_client

_HZ, _LEVEL_DBOV = 440, -20


class TlsTest(ConsoleCase):
    @classmethod
    def setUpClass(cls):
        keys = pathlib.Path(tempfile.mkdtemp(prefix="narada-console-tls-"))
        cls.addClassCleanup(shutil.rmtree, keys, ignore_errors=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=console", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keys / "key.pem", "-out", keys / "cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        cls.certificate = keys / "cert.pem"
        cls.CONFIG = f'control {{ web {{ certificate_file: "{keys}/cert.pem" key_file: "{keys}/key.pem" }} }}'
        super().setUpClass()
        cls.site = cls.site.replace("http:", "https:")

    def test_console_works_over_tls_and_its_cookie_leaves_by_no_other_way(self):
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        with urllib.request.urlopen(f"{self.site}/", context=trusting, timeout=10) as answer:
            self.assertIn("max-age=", answer.headers["Strict-Transport-Security"])
        with self.assertRaises(OSError):
            urllib.request.urlopen(self.site.replace("https:", "http:"), timeout=10).close()
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(self.certificate)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError):
            urllib.request.urlopen(f"{self.site}/", context=old, timeout=10).close()
        self.log_in(certificate="any")  # A certificate of its own: the browser has no authority for it.
        [cookie] = self.browser.cookies()
        self.assertEqual(("__Host-narada", True, True, "Strict", "/"),
                         tuple(cookie[key] for key in ("name", "secure", "httpOnly", "sameSite", "path")))
        # Events come over it as they happen, and a command goes.
        self.browser.wait(".connection:has-text('Live')")
        room, pin = self.new_reservation()
        phone = self.enter(room, pin, "listen 4; hangup")
        self.browser.wait(f".conference-card:has-text('{room}')")
        self.browser.click(f".conference-card:has-text('{room}')")
        self.browser.click(".big:has-text('Lock')")
        self.browser.wait(".pill:has-text('Locked')")
        phone.end()
        self.assertEqual([], self.browser.errors())


class AccessCase(ConsoleCase, CompanyTest):
    """A browser before a company's conferences."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        m = cls.messages
        cls.stub("account", "AccountService").PutUser(m.PutUserRequest(user=m.User(
            user_name="anna", tenant_id="acme", role=m.USER_ROLE_MODERATOR, password="correct horse")), timeout=10)

    def guest(self, hertz, number, then):
        return self.dial(PIN_NUMBER, f"wait-answer; listen 1; press {self.room.participant_pin}; listen 5; "
                                     f"tone {hertz}@{_LEVEL_DBOV}; mark in; {then}", number=number)

    def delete_anna(self):
        self.stub("account", "AccountService").DeleteUser(self.messages.DeleteUserRequest(user_name="anna"), timeout=10)

    def ask(self, path, body=None, source="127.0.0.1", **headers):
        """(status, answer) of a request without a browser."""
        connection = http.client.HTTPConnection("127.0.0.1", self.options.http_port, timeout=10, source_address=(source, 0))
        try:
            connection.request("POST" if body is not None else "GET", path, body and json.dumps(body),
                               {**({"Content-Type": "application/json"} if body is not None else {}), **headers})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.headers["Content-Type"].startswith("application/json") else text
        finally:
            connection.close()


class OwnLogInTest(AccessCase):
    """By a moderator's PIN, and by a name that is deleted meanwhile."""

    @classmethod
    def setUpClass(cls):
        cls.say_own("lecture_started", "announce_fire_drill")
        super().setUpClass()

    def log_in_by_pin(self, pin):
        self.open_page()
        self.browser.click(".tab:has-text('Moderator PIN')")
        self.browser.fill("input[name=roomNumber]", self.room.room_number)
        self.browser.fill("input[name=pin]", pin)
        self.browser.click("button[type=submit]")

    def test_moderators_pin_opens_one_conference_and_nothing_else(self):
        self.log_in_by_pin(self.room.moderator_pin)  # Nobody is there yet.
        self.browser.wait(".complaint:has-text('not right')")
        elsewhere, pin = self.new_reservation()
        other = self.enter(elsewhere, pin, "listen 40; hangup", number="+48601000093", name="elsewhere")
        phones = [self.guest(hertz, number, "listen 16; hangup") for hertz, number in ((_HZ, "+48601000091"), (620, "+48601000092"))]
        voices = [Voice(phone, hertz) for phone, hertz in zip(phones, (_HZ, 620))]
        self.log_in_by_pin(self.room.participant_pin)
        self.browser.wait(".complaint:has-text('not right')")
        self.log_in_by_pin(self.room.moderator_pin)
        talker = ".virtual-row:has-text('+48 601 000 091')"
        self.browser.wait(f"{talker}.is-speaking")
        self.assertEqual(0, self.browser.count(".nav"))
        self.browser.click(f"{talker} .mute")
        self.browser.wait(f"{talker}.is-muted")
        self.pause(1.6)
        muted_at = time.monotonic() - 0.7
        self.browser.click(".big:has-text('Announce')")
        self.browser.click(".dialog .item:has-text('fire drill')")
        self.browser.wait(".toast:has-text('fire drill')")
        self.look_around_with(self.browser.cookies())
        self.browser.wait(".empty:has-text('has ended')")
        for voice in voices:
            voice.end()
        other.kill()
        self.assertLess(voices[1].level_dbov(_HZ, muted_at), -60)
        for voice in voices:
            self.assertEqual(["lecture_started"], self.said(voice.call.heard, "pl", "lecture_started"))
        self.assertEqual([], self.browser.errors())

    def look_around_with(self, cookies):
        cookie = {"Cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)}
        status, session = self.ask("/api/session", **cookie)
        self.assertEqual((200, "moderator", "acme"), (status, session["role"], session["tenantId"]))
        self.assertTrue(session["conferenceId"])
        conferences = grpc_client.messages("control", "conference")
        running = self.stub("conference", "ConferenceService").ListConferences(conferences.ListConferencesRequest(), timeout=10).conferences
        [foreign] = [one.conference_id for one in running if one.conference_id != session["conferenceId"]]
        token = {**cookie, "X-Narada-Csrf": session["csrfToken"]}
        for wanted, path, body in (
                (404, "/api/conferences/events", None), (404, "/api/export/calls.csv", None),
                (403, "/api/ConferenceService/ListConferences", {}), (403, "/api/ContactService/ListContacts", {}),
                (403, "/api/ReportService/ListCallRecords", {}), (403, "/api/export/person", {"number": "+48601000091"}),
                (404, "/api/ConferenceService/MuteAll", {"conferenceId": foreign, "isMuted": True}),
                (404, "/api/SmsService/PreviewSms", {"conferenceId": foreign})):
            self.assertEqual(wanted, self.ask(path, body, **token)[0], path)

    def test_user_who_is_deleted_is_out_at_once(self):
        phone = self.guest(_HZ, "+48601000094", "listen 20; hangup")
        self.log_in("anna", "correct horse")
        self.browser.click(f".conference-card:has-text('{self.room.room_number}')")
        self.browser.wait(".virtual-row:has-text('+48 601 000 094')")
        [cookie] = self.browser.cookies()
        cookie = {"Cookie": f"{cookie['name']}={cookie['value']}"}
        self.assertEqual(200, self.ask("/api/session", **cookie)[0])
        self.delete_anna()
        self.assertEqual(401, self.ask("/api/session", **cookie)[0])
        # What was streamed to her ends, and the page says what that means.
        self.browser.wait("input[name=userName]")
        self.assertEqual(0, self.browser.count(".virtual-row"))
        phone.kill()


class ProxyTest(AccessCase):
    """Somebody whom a proxy has logged in, by OpenID Connect for example."""

    CONFIG = 'control { web { log_in_proxy { user_header: "X-Forwarded-User" addresses: "127.0.0.1" } } }'

    def test_proxys_word_is_taken_from_its_address_and_for_known_users_alone(self):
        named = {"X-Forwarded-User": "anna"}
        status, session = self.ask("/api/session", **named)
        self.assertEqual((200, "anna", "moderator", "acme"), (status, session["userName"], session["role"], session["tenantId"]))
        for source, headers in (("127.0.0.1", {}), ("127.0.0.1", {"X-Forwarded-User": "nobody"}), ("127.0.0.1", {"X-Forwarded-User": ""}),
                                ("127.0.0.2", named)):
            self.assertEqual(401, self.ask("/api/session", source=source, **headers)[0], (source, headers))
        # Whatever a stranger's page makes the browser send through the proxy changes nothing.
        self.assertEqual(403, self.ask("/api/ConferenceService/MuteAll", {"conferenceId": "x"}, **named)[0])
        phone = self.guest(_HZ, "+48601000095", "listen 15; hangup")
        self.open_page(headers=named)
        self.browser.wait(".nav")
        self.assertEqual([], self.browser.cookies())
        self.assertEqual(0, self.browser.count(".nav a[data-path=reservations]"))
        self.browser.click(f".conference-card:has-text('{self.room.room_number}')")
        self.browser.wait(".virtual-row:has-text('+48 601 000 095')")
        self.browser.click(".big:has-text('Lock')")
        self.browser.wait(".pill:has-text('Locked')")
        self.assertEqual([("anna", "console", "OK")], [tuple(row) for row in self.rows("SELECT actor, channel, outcome FROM audit")])
        self.delete_anna()
        self.browser.wait("input[name=userName]")
        phone.kill()
