"""A folder of recordings, spoken from text catalogues while the tree is built."""

def _recordings_impl(ctx):
    folder = ctx.actions.declare_directory(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add(folder.path)
    arguments.add_all(ctx.files.catalogues)
    ctx.actions.run(
        outputs = [folder],
        inputs = ctx.files.catalogues,
        executable = ctx.executable._build_recordings,
        arguments = [arguments],
        mnemonic = "Synthesise",
        progress_message = "Speaking the prompts",
    )
    return [DefaultInfo(files = depset([folder]), runfiles = ctx.runfiles(files = [folder]))]

recordings = rule(
    implementation = _recordings_impl,
    doc = "Makes a folder NAME of LANGUAGE/KEY.wav, sounds/KEY.wav and manifest.tsv.",
    attrs = {
        "catalogues": attr.label_list(
            allow_files = [".textproto"],
            doc = "One for each language.",
            mandatory = True,
        ),
        "_build_recordings": attr.label(
            cfg = "exec",
            default = "//control/prompts/synthesis:build_recordings",
            executable = True,
        ),
    },
)
