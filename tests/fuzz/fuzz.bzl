"""fuzz_target(): one parser of bytes from outside, fuzzed in two ways from one source file."""

def fuzz_target(name, srcs, deps, **kwargs):
    """Declares a fuzz target: `srcs` define LLVMFuzzerTestOneInput(), seeds/<name>/ holds the seeds.

    With --config=fuzz it is a libFuzzer binary (clang), which tests/fuzz/campaign runs for as long as one
    likes. In every other configuration it is a test that replays the seeds and some thousand mutations
    of them, always the same ones: ./test runs that under ASan and UBSan.

    Args:
      name: ends in _fuzz; seeds/<name>/ holds at least one file.
      srcs: defines LLVMFuzzerTestOneInput().
      deps: what is fuzzed.
      **kwargs: passed on.
    """
    seeds = native.glob(["seeds/%s/*" % name])
    if not seeds:
        fail("seeds/%s/ is empty: a fuzzer without a valid input to begin with finds little" % name)
    native.filegroup(
        name = name + "_seeds",
        srcs = seeds,
        visibility = ["//visibility:private"],
    )
    native.cc_test(
        name = name,
        size = "small",
        timeout = "moderate",
        srcs = srcs,
        args = select({
            "//tests/fuzz:libfuzzer": ["-runs=0"],
            "//conditions:default": [],
        }) + ["$(rootpaths :%s_seeds)" % name],
        data = [":%s_seeds" % name],
        linkopts = select({
            "//tests/fuzz:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = ["fuzz"],
        deps = deps + select({
            "//tests/fuzz:libfuzzer": [],
            "//conditions:default": ["//tests/fuzz:replay_main"],
        }),
        **kwargs
    )
