"""The client `narada` against the real control program: what it shows, what it refuses, its exit codes; and the
records that it exports."""

import csv
import io
import json
import re
import subprocess
import zipfile

from tests.end_to_end import harness
from tests.end_to_end.harness import NaradaTest

_REFUSED, _USAGE, _UNREACHABLE, _NOT_FOUND = 1, 2, 3, 4


class ClientTest(NaradaTest):
    def narada(self, *words, exit_code=0, given=""):
        """What the command prints; on standard error, if it is refused."""
        run = subprocess.run([harness.built().client, "--server", self.options.grpc_address(self.options.control_port),
                              *words], input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8", timeout=60, check=False)
        self.assertEqual(exit_code, run.returncode, f"{words}: {run.stdout}{run.stderr}")
        return run.stderr if exit_code else run.stdout

    def json(self, *words):
        return json.loads(self.narada("--json", *words))

    def calls(self, number):
        return [record for record in self.json("records", "calls").get("records", []) if record["number"] == number]

    # ---- the command line

    def test_every_command_explains_itself(self):
        """Each noun with its verbs, as --help lists them, has a --help of its own."""
        nouns = re.findall(r"^  ([a-z]+) +\S", self.narada("--help").partition("Subcommands:")[2], re.MULTILINE)
        self.assertGreaterEqual(set(nouns), {"tenants", "rooms", "numbers", "users", "import", "reservations", "conferences",
                                             "mixers", "gateways", "lockouts", "sms", "records", "recordings", "person",
                                             "backup", "config", "audit"})
        for noun in nouns:
            help_text = self.narada(noun, "--help")
            for verb in re.findall(r"^  ([a-z-]+) +\S", help_text.partition("Subcommands:")[2], re.MULTILINE):
                self.narada(noun, verb, "--help")

    def test_wrong_command_line_is_refused_before_anything_is_asked(self):
        for words in ((), ("reservations",), ("reservations", "lift"), ("sms", "show"), ("sms", "list", "--state", "lost"),
                      ("--timeout", "0", "mixers", "list"), ("person", "erase", "+48601000001")):
            self.assertTrue(self.narada(*words, exit_code=_USAGE).strip(), words)

    def test_server_that_is_not_there_is_named(self):
        port = harness.free_ports(1)[0]
        said = self.narada("--server", f"127.0.0.1:{port}", "mixers", "list", exit_code=_UNREACHABLE)
        self.assertIn(f"no control answers at 127.0.0.1:{port}", said)
        self.assertIn("loopback", self.narada("--server", "192.0.2.1:50061", "mixers", "list", exit_code=_REFUSED))

    # ---- reservations, SMS

    def test_reservation_from_its_making_to_its_end(self):
        made = self.json("reservations", "create", "--organiser-number", "+48601007001", "--language", "english")["reservation"]
        room, pin = made["room_number"], made["pin"]
        self.assertEqual("LANGUAGE_ENGLISH", made["language"])
        self.assertIn(room, self.message_to("+48601007001")["text"])
        self.assertRegex(self.narada("reservations", "list"), rf"(?m)^ID +ROOM +STATE[^\n]*\n(?:.*\n)*.*{room} +live ")
        self.assertNotIn(pin, self.narada("reservations", "show", room))
        self.assertIn(pin, self.narada("reservations", "show", room, "--reveal-pin"))

        extended = json.loads(self.narada("--json", "reservations", "extend", room, given=f"{pin}\n"))["reservation"]
        self.assertEqual(1, extended["extension_count"])
        wrong = "000000" if pin != "000000" else "111111"
        self.assertIn("(RESERVATION_UNKNOWN)", self.narada("reservations", "extend", room, given=wrong, exit_code=_NOT_FOUND))

        self.narada("reservations", "cancel", made["reservation_id"])
        self.assertEqual("RESERVATION_STATE_CANCELLED", self.json("reservations", "show", room)["reservation"]["state"])

    def test_refusal_names_the_field_and_the_why(self):
        said = self.narada("reservations", "create", "--organiser-number", "601", exit_code=_REFUSED)
        self.assertEqual("narada: organiser_number: organiser_number must be E.164 with \"+\" (FIELD_INVALID)\n", said)
        self.assertIn("(RESERVATION_UNKNOWN)", self.narada("reservations", "show", "99999", exit_code=_NOT_FOUND))
        self.assertIn("(SMS_UNKNOWN)", self.narada("sms", "show", "none", exit_code=_NOT_FOUND))

    def test_outbox_is_listed(self):
        self.json("reservations", "create", "--organiser-number", "+48601007002")
        self.message_to("+48601007002")
        sent = self.wait_until(lambda: [sms for sms in self.json("sms", "list", "--state", "sent")["messages"]
                                        if sms["to_number"].endswith("002")])
        self.assertIn("sent", self.narada("sms", "show", sent[0]["sms_id"]))

    # ---- running conferences

    def test_conference_is_seen_and_steered(self):
        room, pin = self.new_reservation()
        phones = [self.enter(room, pin, "wait-hangup 90", number=f"+4860100701{index}", name=f"steered-{index}")
                  for index in range(2)]
        people = self.wait_until(lambda: self.participants(room, 2), 40)  # In any order.
        listed = self.narada("conferences", "list")
        self.assertIn(room, listed)
        self.assertEqual(2, len(json.loads(self.narada("conferences", "show", room, "--json"))["participants"]))
        self.narada("conferences", "mute", room, people[0]["participant_id"])
        self.assertTrue(self.participants(room, 2)[0]["is_muted"])
        self.narada("conferences", "unmute", room, people[0]["participant_id"])
        self.narada("conferences", "mute-all", room)
        self.assertTrue(all(person["is_muted"] for person in self.participants(room, 2)))
        self.narada("conferences", "unmute-all", room)
        self.narada("conferences", "lock", room)
        self.assertTrue(self.json("conferences", "show", room)["is_locked"])
        self.narada("conferences", "unlock", room)
        self.assertIn("(PARTICIPANT_UNKNOWN)", self.narada("conferences", "mute", room, "nobody", exit_code=_NOT_FOUND))

        watch = subprocess.Popen([harness.built().client, "--server", self.options.grpc_address(self.options.control_port),
                                  "--json", "conferences", "watch", room], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        self.assertIn("snapshot", json.loads(watch.stdout.readline()))
        disconnected = next(person["participant_id"] for person in people if person["number"].endswith("011"))
        self.narada("conferences", "disconnect", room, disconnected)
        phones[1].end()
        self.narada("conferences", "end", room)
        phones[0].end()
        watched = [json.loads(line) for line in watch.stdout]
        self.assertEqual(0, watch.wait(10))
        self.assertIn("ended", watched[-1])
        self.assertIn("PARTICIPANT_STATE_LEFT", [change.get("participant", {}).get("state") for change in watched])
        self.assertIn("(CONFERENCE_UNKNOWN)", self.narada("conferences", "show", room, exit_code=_NOT_FOUND))

        # And what is kept of it.
        endings = {}
        for index in range(2):
            record = self.wait_until(lambda: [call for call in self.calls(f"+4860100701{index}") if "end_time" in call])[0]
            endings[record["call_record_id"]] = record["ending"]
            self.assertGreater(record["quality"]["mos"], 4)
            self.assertEqual(0, record["quality"]["loss_ratio"])
            self.assertGreater(float(record["conference_duration"].rstrip("s")), 1)
        self.assertEqual("CALL_ENDING_DISCONNECTED", endings.pop(disconnected))
        self.assertEqual(["CALL_ENDING_COMPLETED"], list(endings.values()))
        conference = self.wait_until(lambda: [record for record in self.json("records", "conferences")["records"]
                                              if record["room_number"] == room and "end_time" in record])[0]
        self.assertEqual((2, 2), (conference["participant_count"], conference["participant_count_max"]))

    def participants(self, room, count):
        """The people in the room, if they are so many."""
        run = subprocess.run([harness.built().client, "--server", self.options.grpc_address(self.options.control_port), "--json",
                              "conferences", "show", room], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=False)
        people = json.loads(run.stdout)["participants"] if run.returncode == 0 else []
        return people if len(people) == count else None

    # ---- operation

    def test_mixers_and_gateways_are_listed(self):
        mixer = self.json("mixers", "list")["mixers"][0]
        self.assertTrue(mixer["is_reachable"])
        self.assertRegex(self.narada("mixers", "list"), r"ID +ADDRESS +REACHABLE")
        self.assertEqual(1, len(self.json("gateways", "list")["gateways"]))

    # ---- records

    def test_call_is_on_record_with_its_ending(self):
        self.phone("wait-answer; listen 2; hangup", number="+48601007021").end()
        record = self.wait_until(lambda: [call for call in self.calls("+48601007021") if "end_time" in call])[0]
        self.assertEqual("CALL_ENDING_HUNG_UP", record["ending"])
        self.assertEqual(harness.NUMBER, record["access_number"])
        self.assertLess(record["start_time"], record["end_time"])

    def test_records_are_exported_as_a_spreadsheet_and_as_json(self):
        self.phone("wait-answer; listen 1; hangup", number="+48601007022").end()
        self.wait_until(lambda: [call for call in self.calls("+48601007022") if "end_time" in call])
        path = self.folder / "calls.csv"
        self.narada("records", "export", "--kind", "calls", "--format", "csv", "-o", str(path))
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
        mine = [row for row in rows if row["number"] == "+48601007022"]
        self.assertEqual(["hung_up"], [row["ending"] for row in mine])
        self.assertGreater(float(mine[0]["seconds"]), 0.5)
        lines = [json.loads(line) for line in self.narada("records", "export", "--format", "json").splitlines()]
        self.assertIn(mine[0]["call_record_id"], [line["call_record_id"] for line in lines])
        future = self.narada("records", "export", "--start-time", "2100-01-01")
        self.assertEqual(1, len(future.splitlines()), "only the names of the columns")
        self.assertIn("(FILE_UNWRITABLE)", self.narada("records", "export", "-o", "/nowhere/calls.csv", exit_code=_REFUSED))

    def test_person_is_exported_and_erased(self):
        number = "+48601007023"
        self.reserve(number)
        self.wait_until(lambda: [call for call in self.calls(number) if "end_time" in call])
        path = self.folder / "person.zip"
        self.narada("person", "export", number, "-o", str(path))
        with zipfile.ZipFile(path) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual({"calls.jsonl", "reservations.jsonl", "messages.jsonl"}, set(archive.namelist()))
            for name in archive.namelist():
                self.assertEqual(1, len(archive.read(name).splitlines()), name)
        self.assertGreaterEqual(self.json("person", "erase", number, "--yes")["records_erased"], 3)
        self.assertIn("erase_person", self.narada("audit", "list"))
        self.assertEqual([], self.calls(number))
        for table, column in (("call_records", "number"), ("reservations", "organiser_number"), ("sms_messages", "recipient"),
                              ("sms_messages", "caller")):
            self.assertEqual([], self.rows(f"SELECT * FROM {table} WHERE {column} = ?", number), table)

    def test_record_outlives_control(self):
        """Who is in a conference when control is killed has one record, from the first answer to the end."""
        room, pin = self.new_reservation()
        phone = self.enter(room, pin, "mark in; listen 12; hangup", number="+48601007024", name="outlives")
        phone.wait_step("mark in")
        self.wait_until(lambda: self.calls("+48601007024"))
        before = self.calls("+48601007024")[0]
        self.kill(self.stack.control)
        self.restart(self.stack.control)
        phone.end()
        records = self.wait_until(lambda: [call for call in self.calls("+48601007024") if "end_time" in call])
        self.assertEqual(1, len(records))
        self.assertEqual("CALL_ENDING_HUNG_UP", records[0]["ending"])
        for field in ("call_record_id", "start_time", "answer_time", "conference_record_id"):
            self.assertEqual(before[field], records[0][field], field)

    # ---- the configuration file

    def test_configuration_is_checked_without_starting_anything(self):
        good, unknown, useless = (self.folder / name for name in ("good", "unknown", "useless"))
        good.write_text("control { calls { calls_max: 7 } }\n", encoding="utf-8")
        unknown.write_text("control {\n  colour: 1\n}\n", encoding="utf-8")
        useless.write_text("control {\n  dialogue { tries_max: 99 }\n}\n", encoding="utf-8")
        self.assertIn("can be used", self.narada("config", "check", str(good)))
        self.assertIn(f"{unknown}:2", self.narada("config", "check", str(unknown), exit_code=_REFUSED))
        self.assertIn(f"{useless}:2: control.dialogue.tries_max", self.narada("config", "check", str(useless), exit_code=_REFUSED))
