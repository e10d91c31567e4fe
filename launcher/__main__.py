"""./run."""

import signal
import sys

from launcher import build, options as options_module, ports
from launcher.data_folder import DataFolder, DataFolderError


def main(arguments):
    options = options_module.parse(arguments, default_data=build.TREE / "data")
    try:
        build.install(with_demo=options.demo)
        built = build.build(with_demo=options.demo)
        if options.build_only:
            return 0
        # Only from here on: a fresh machine had no gRPC for Python before install().
        from launcher import stack

        ports.refuse_occupied(options)
        folder = DataFolder(options.data)
        if options.demo:
            from launcher import demo

            return demo.run(options, built, folder)
        return stack.run_until_asked_to_stop(options, built, folder)
    except (build.BuildError, ports.PortInUse, DataFolderError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    # Until the programs run there is nothing to stop: an interrupted build just ends.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    sys.exit(main(sys.argv[1:]))
