// How far an Ogg Opus file of ours reaches: its whole pages, and the sound in them.
#ifndef NARADA_MIXER_FILES_OGG_EXTENT_H_
#define NARADA_MIXER_FILES_OGG_EXTENT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "mixer/files/folder.h"

namespace narada::mixer::files {

struct OggExtent {
  uint64_t bytes = 0;       // What is behind is a page cut off.
  int64_t samples_48k = 0;  // Of all links, as a player counts them.
  uint32_t last_serial = 0;
};

// Errors: DATA_LOSS / RECORDING_DAMAGED where it does not begin with a page of Opus.
absl::StatusOr<OggExtent> ReadOggExtent(const File& file);

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_OGG_EXTENT_H_
