// The name of a group of legs within a room, by value: a worker compares it and allocates nothing.
//   GroupId whisper("whisper");     // up to 64 bytes; what is longer is cut
#ifndef NARADA_MIXER_ROOM_GROUP_ID_H_
#define NARADA_MIXER_ROOM_GROUP_ID_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace narada::mixer::room {

class GroupId {
 public:
  static constexpr size_t kSizeMax = 64;

  GroupId() = default;  // "": of all who are in no other.
  explicit GroupId(absl::string_view text) : size_(std::min(text.size(), kSizeMax)) {
    std::copy_n(text.begin(), size_, text_.begin());
  }

  absl::string_view text() const noexcept { return {text_.data(), size_}; }
  friend bool operator==(const GroupId& a, const GroupId& b) noexcept {
    return a.text() == b.text();
  }

 private:
  std::array<char, kSizeMax> text_ = {};
  uint8_t size_ = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_GROUP_ID_H_
