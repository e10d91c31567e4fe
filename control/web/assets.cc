#include "control/web/assets.h"

namespace narada::control::web {

const PageAsset* FindPageAsset(absl::string_view name) {
  for (const PageAsset& asset : PageAssets()) {
    if (asset.name == name) return &asset;
  }
  return nullptr;
}

}  // namespace narada::control::web
