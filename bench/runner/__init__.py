"""What ./bench/run does: measures the mixer, the kernel's floor and other mixers under one load, in one run."""
