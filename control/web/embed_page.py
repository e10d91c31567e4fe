"""Writes the page's files as a C++ source: embed_page.py OUTPUT FILE..."""

import hashlib
import pathlib
import sys

_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
          ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def literal(data):
    # Pieces, because compilers bound the length of one; octal, because hex escapes have no end.
    pieces = [data[at:at + 4000] for at in range(0, len(data), 4000)]
    return "\n".join('"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                                   for byte in piece) + '"' for piece in pieces) or '""'


def main(output, *files):
    entries = []
    for path in map(pathlib.Path, files):
        data = path.read_bytes()
        etag = hashlib.sha256(data).hexdigest()[:32]
        entries.append(f'{{"{path.name}", "{_TYPES[path.suffix]}", "\\"{etag}\\"",\n'
                       f'absl::string_view({literal(data)}, {len(data)})}}')
    pathlib.Path(output).write_text(
        '#include "control/web/assets.h"\n\nnamespace narada::control::web {\n\n'
        'absl::Span<const PageAsset> PageAssets() {\nstatic const PageAsset kAssets[] = {\n' + ",\n".join(entries) +
        "};\nreturn kAssets;\n}\n\n}  // namespace narada::control::web\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
