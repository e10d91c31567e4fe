"""Tests that are run on every database there is, because they are to hold on every one."""

# PostgreSQL refuses to be run by root, and Bazel's sandbox has no other user.
POSTGRESQL_TAGS = ["no-sandbox"]

def cc_database_test(name, size = "small", tags = [], **kwargs):
    """A cc_test of SQLite, `name`, and one of PostgreSQL, `name` with "_postgresql" behind it.

    Args:
      name: of the test; its databases are storage::TestDatabase.
      size: of the test on SQLite; PostgreSQL has to be started first, and is a size larger.
      tags: of both.
      **kwargs: as of cc_test.
    """
    native.cc_test(name = name, size = size, tags = tags, **kwargs)
    native.cc_test(
        name = name + "_postgresql",
        env = {"NARADA_TEST_DATABASE": "postgresql"},
        size = "medium" if size == "small" else size,
        tags = tags + POSTGRESQL_TAGS,
        **kwargs
    )
