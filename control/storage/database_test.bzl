"""Tests that are run on every database there is, because they are to hold on every one."""

def cc_database_test(name, **kwargs):
    """A cc_test of SQLite, `name`, and one of PostgreSQL, `name` with "_postgresql" behind it.

    Args:
      name: of the test; its databases are storage::TestDatabase.
      **kwargs: as of cc_test.
    """
    native.cc_test(name = name, **kwargs)
    native.cc_test(
        name = name + "_postgresql",
        env = {"NARADA_TEST_DATABASE": "postgresql"},
        **kwargs
    )
