// The page's files, which travel inside the program (embed_page.py writes the list at build time).

#ifndef NARADA_CONTROL_WEB_ASSETS_H_
#define NARADA_CONTROL_WEB_ASSETS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace narada::control::web {

struct PageAsset {
  absl::string_view name;  // "main.js"
  absl::string_view content_type;
  absl::string_view etag;  // Of the bytes, quotes included.
  absl::string_view bytes;
};

absl::Span<const PageAsset> PageAssets();

// Null if there is no such file.
const PageAsset* FindPageAsset(absl::string_view name);

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_ASSETS_H_
