"""C++ from .proto files with the system's protoc; Debian's Bazel brings no rule that knows gRPC."""

def narada_cc_proto(name, srcs, deps = [], grpc = False, visibility = ["//visibility:public"]):
    """Generates and compiles C++ for .proto files whose import paths begin below //proto.

    Args:
      name: the cc_library; include as "narada/mixer/v1/leg.pb.h" (and ".grpc.pb.h").
      srcs: .proto files of this package.
      deps: narada_cc_proto targets that these import.
      grpc: whether to generate service stubs, too.
      visibility: as everywhere.
    """
    root = native.package_name()[len("proto/"):]
    native.filegroup(
        name = name + "_protos",
        srcs = srcs + [dep + "_protos" for dep in deps],
        visibility = visibility,
    )
    stems = [src[:-len(".proto")] for src in srcs]
    sources = [stem + ".pb.cc" for stem in stems]
    headers = [stem + ".pb.h" for stem in stems]
    plugin = ""
    if grpc:
        sources += [stem + ".grpc.pb.cc" for stem in stems]
        headers += [stem + ".grpc.pb.h" for stem in stems]
        plugin = "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=$(GENDIR)/proto "
    native.genrule(
        name = name + "_generate",
        srcs = [name + "_protos"],
        outs = sources + headers,
        cmd = "mkdir -p $(GENDIR)/proto && /usr/bin/protoc -Iproto --cpp_out=$(GENDIR)/proto " + plugin +
              " ".join(["proto/%s/%s" % (root, src) for src in srcs]),
    )
    native.cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        copts = ["-w"],  # Generated code is not ours to warn about.
        strip_include_prefix = "/proto",
        visibility = visibility,
        deps = deps + ["@system//:grpc" if grpc else "@system//:protobuf"],
    )
