"""The client `narada` keeps the accounts: tenants, rooms, numbers, users, one by one and out of a file; lifts locks; and
backs up the database, which is restored."""

import json
import shutil
import subprocess

from tests.end_to_end import harness
from tests.end_to_end.harness import NaradaTest

_REFUSED, _NOT_FOUND = 1, 4
_FILE = """
tenants { tenant_id: "borealis" display_name: "Borealis" languages: LANGUAGE_ENGLISH limits { participants_max: %(participants)d } }
access_numbers { number: "+48225550031" tenant_id: "borealis" entry_mode: ENTRY_MODE_PIN country: "PL" }
%(first_room)s
permanent_rooms { tenant_id: "borealis" display_name: "Zażółć" wait_for_moderator: %(wait)s }
permanent_rooms { tenant_id: "borealis" display_name: "Numbered" room_number: "424242" }
users { user_name: "boris" tenant_id: "borealis" role: USER_ROLE_MODERATOR password: "%(password)s" }
"""


class Client(NaradaTest):
    """What the classes below share."""

    def narada(self, *words, exit_code=0, given=""):
        run = subprocess.run([harness.built().client, "--server", self.options.grpc_address(self.options.control_port),
                              *words], input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8", timeout=60, check=False)
        self.assertEqual(exit_code, run.returncode, f"{words}: {run.stdout}{run.stderr}")
        return run.stderr if exit_code else run.stdout

    def json(self, *words, given=""):
        return json.loads(self.narada("--json", *words, given=given))


class AccountsByClientTest(Client):
    def test_accounts_from_their_making_to_their_end(self):
        made = self.json("tenants", "add", "acme", "--display-name", "Acme", "--languages", "polish", "english",
                         "--sms-templates", "pl=Pokój {room}, PIN {pin}, {number}")["tenant"]
        self.assertEqual(["LANGUAGE_POLISH", "LANGUAGE_ENGLISH"], made["languages"])
        self.assertIn("(TENANT_EXISTS)", self.narada("tenants", "add", "acme", "--languages", "polish", exit_code=_REFUSED))
        self.assertIn("(FIELD_INVALID)", self.narada("tenants", "change", "acme", "--sms-templates", "pl=nothing",
                                                     exit_code=_REFUSED))
        self.narada("tenants", "change", "acme", "--participants-max", "7", "--recording-allowed", "true")
        changed = self.json("tenants", "show", "acme")["tenant"]
        self.assertEqual(("Acme", 7, True), (changed["display_name"], changed["limits"]["participants_max"],
                                             changed["limits"]["recording_allowed"]))
        self.assertRegex(self.narada("tenants", "list"), r"(?m)^acme +Acme +")

        room = self.json("rooms", "add", "acme", "--display-name", "Board")["permanent_room"]
        self.assertEqual((8, 8), (len(room["participant_pin"]), len(room["moderator_pin"])))
        room_id = room["permanent_room_id"]
        self.narada("rooms", "change", room_id, "--wait-for-moderator", "true")
        shown = self.json("rooms", "show", room_id)["permanent_room"]
        self.assertTrue(shown["wait_for_moderator"])
        self.assertEqual(("", ""), (shown["participant_pin"], shown["moderator_pin"]))
        rotated = self.json("rooms", "rotate-pins", room_id)["permanent_room"]
        self.assertNotIn(rotated["participant_pin"], (room["participant_pin"], room["moderator_pin"]))
        self.assertIn(room["room_number"], self.narada("rooms", "list"))

        self.narada("numbers", "set", "+48225550021", "--tenant-id", "acme", "--entry-mode", "pin", "--country", "PL",
                    "--tariff-kind", "toll_free")
        self.assertRegex(self.narada("numbers", "list"), r"(?m)^\+48225550021 +acme +\S+ +pin +toll_free +PL")
        self.narada("users", "set", "anna", "--tenant-id", "acme", "--role", "moderator", "--password-file", "-",
                    given="correct horse\n")
        self.assertRegex(self.narada("users", "list"), r"(?m)^anna +acme +moderator")

        self.assertIn("(IN_USE)", self.narada("tenants", "delete", "acme", exit_code=_REFUSED))
        self.narada("users", "delete", "anna")
        self.narada("numbers", "delete", "+48225550021")
        self.narada("rooms", "delete", room_id)
        self.narada("tenants", "delete", "acme")
        self.assertIn("(TENANT_UNKNOWN)", self.narada("tenants", "show", "acme", exit_code=_NOT_FOUND))

    def test_file_is_imported_again_after_its_mistake_was_mended_and_after_it_has_changed(self):
        path = self.folder / "accounts.textproto"

        def write(**fields):
            path.write_text(_FILE % ({"participants": 5, "first_room": "", "wait": "false", "password": "too long to guess"}
                                     | fields), encoding="utf-8")

        write(password="short")
        self.assertIn("users[0]", self.narada("import", str(path), exit_code=_REFUSED))
        first = self.rooms()
        self.assertEqual(["Numbered", "Zażółć"], sorted(first))
        write(participants=9, wait="true",
              first_room='permanent_rooms { tenant_id: "borealis" display_name: "New" announce_by_name: true }')
        said = self.narada("import", str(path))
        self.assertIn("imported 1 tenants, 1 access numbers, 3 rooms, 1 users", said)
        self.assertEqual(9, self.json("tenants", "show", "borealis")["tenant"]["limits"]["participants_max"])
        second = self.rooms()
        self.assertEqual(["New", "Numbered", "Zażółć"], sorted(second))
        for name in first:
            self.assertEqual(first[name]["permanent_room_id"], second[name]["permanent_room_id"])
        self.assertTrue(second["Zażółć"]["wait_for_moderator"])
        self.assertTrue(second["New"]["announce_by_name"])
        self.assertEqual("424242", second["Numbered"]["room_number"])
        write(participants=9)
        path.write_text(path.read_text(encoding="utf-8") + "\ncolour: 1\n", encoding="utf-8")
        self.assertRegex(self.narada("import", str(path), exit_code=_REFUSED), rf"{path}:\d+")

    def rooms(self):
        """By name."""
        return {room["display_name"]: room for room in self.json("rooms", "list", "--tenant-id", "borealis")["permanent_rooms"]}

    def test_number_with_lengths_of_its_own_gives_out_longer_rooms_and_pins_that_open_there(self):
        number = "+48225550022"
        self.narada("numbers", "set", number, "--language", "polish", "--entry-mode", "menu", "--room-digits-min", "7",
                    "--pin-digits", "8")
        uri = self.uri.replace(harness.NUMBER, number)
        self.phone("wait-answer; listen 1; press 3; listen 3; hangup", number="+48601008001", uri=uri).end()
        text = self.message_to("+48601008001")["text"]
        self.assertRegex(text, r"numerem \+48 225 550 022\. .* konferencyjnego: \d{7} i PIN: \d{8}$")
        room, pin = text.split()[-4], text.split()[-1]
        call = self.enter(room, pin, "listen 3; hangup", number="+48601008002", uri=uri).end()
        self.assertEqual(["first_in_conference"], self.said(call.heard, "pl", "first_in_conference", "wrong_room_or_pin"))
        other, pin = self.new_reservation()
        self.assertEqual((5, 6), (len(other), len(pin)))


class LockByClientTest(Client):
    CONFIG = "control { throttle { room_failures_max: 2 } }"

    def test_lock_is_listed_and_lifted(self):
        room, pin = self.new_reservation()
        wrong = f"{(int(pin) + 1) % 1_000_000:06}\n"
        for _ in range(2):
            self.assertIn("(RESERVATION_UNKNOWN)", self.narada("reservations", "extend", room, given=wrong, exit_code=_NOT_FOUND))
        self.assertIn("(LOCKED)", self.narada("reservations", "extend", room, given=f"{pin}\n", exit_code=_REFUSED))
        self.assertRegex(self.narada("lockouts", "list"), rf"room +{room} +2 ")
        lock, = self.json("lockouts", "list")["lockouts"]
        self.narada("lockouts", "lift", lock["lockout_id"])
        self.assertEqual(1, self.json("reservations", "extend", room, given=f"{pin}\n")["reservation"]["extension_count"])
        self.assertIn("(LOCKOUT_UNKNOWN)", self.narada("lockouts", "lift", lock["lockout_id"], exit_code=_NOT_FOUND))


class BackupTest(Client):
    CONFIG = "control { reports { mask_numbers: true } }"

    def test_backup_is_restored_as_the_page_says(self):
        before = self.json("reservations", "create", "--organiser-number", "+48601008011")["reservation"]
        self.narada("backup", "monday.sqlite")
        after = self.json("reservations", "create", "--organiser-number", "+48601008012")["reservation"]
        for name in ("monday.sqlite", "../monday.sqlite"):
            self.narada("backup", name, exit_code=_REFUSED)
        control = self.stack.control
        control.process.terminate()
        control.process.wait(10)
        shutil.copy(self.data / "backups" / "monday.sqlite", self.data / "narada.sqlite")
        for name in ("narada.sqlite-wal", "narada.sqlite-shm"):
            (self.data / name).unlink(missing_ok=True)
        self.restart(control)
        call = self.enter(before["room_number"], before["pin"], "listen 3; hangup", number="+48601008013").end()
        self.assertEqual(["first_in_conference"], self.said(call.heard, "pl", "first_in_conference", "wrong_room_or_pin"))
        self.assertIn("(RESERVATION_UNKNOWN)", self.narada("reservations", "show", after["room_number"], exit_code=_NOT_FOUND))

    def test_numbers_in_records_are_masked_where_the_operator_wants_it(self):
        self.phone("wait-answer; listen 1; hangup", number="+48601008014").end()
        self.wait_until(lambda: [record for record in self.json("records", "calls").get("records", []) if "end_time" in record])
        for words in (("records", "calls"), ("records", "export", "--format", "csv"), ("records", "export", "--format", "json"),
                      ("--json", "records", "calls")):
            said = self.narada(*words)
            self.assertIn("+48******014", said, words)
            self.assertNotIn("8601008014", said, words)
