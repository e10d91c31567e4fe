"""The data folder: its layout, its lock, its refusals."""

import pathlib
import stat
import tempfile
import unittest

from launcher.data_folder import DataFolder, DataFolderError


class DataFolderTest(unittest.TestCase):
    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self._temporary.cleanup)
        self.path = pathlib.Path(self._temporary.name) / "data"

    def folder(self):
        folder = DataFolder(self.path)
        self.addCleanup(folder.close)
        return folder

    def test_first_start_makes_every_folder(self):
        self.folder()
        self.assertEqual({"secrets", "prompts", "sms", "recordings", "state", "logs"},
                         {entry.name for entry in self.path.iterdir()})
        for private in (self.path, self.path / "secrets"):
            self.assertEqual(0o700, stat.S_IMODE(private.stat().st_mode))

    def test_second_copy_is_told_who_is_there(self):
        self.folder()
        with self.assertRaisesRegex(DataFolderError, r"another ./run \(process \d+\)"):
            DataFolder(self.path)

    def test_folder_in_the_way_of_a_file_is_named(self):
        self.path.mkdir()
        (self.path / "sms").write_text("not a folder")
        with self.assertRaisesRegex(DataFolderError, "sms"):
            DataFolder(self.path)

    def test_config_of_the_operator_is_left_alone(self):
        folder = self.folder()
        path = folder.config("first")
        path.write_text("changed by hand")
        self.assertEqual("changed by hand", folder.config("second").read_text())

    def test_log_of_the_last_run_is_kept(self):
        folder = self.folder()
        folder.log("mixer").write_text("old")
        folder.log("mixer")
        self.assertEqual("old", (self.path / "logs" / "mixer.log.1").read_text())


if __name__ == "__main__":
    unittest.main()
