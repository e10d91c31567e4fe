"""What ./run does: install, build, start the three programs, watch them, stop them."""
