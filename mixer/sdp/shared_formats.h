// A list of payload formats of which copies share one: of thousands of negotiations, nearly all have the same.
//   SharedFormats ours = OwnFormats(settings).offered;       // from a vector
//   local.codecs = ours;                                     // copies no format
// Never altered: another list takes its place. Copies belong to a thread each.
#ifndef NARADA_MIXER_SDP_SHARED_FORMATS_H_
#define NARADA_MIXER_SDP_SHARED_FORMATS_H_

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "mixer/sdp/session_description.h"

namespace narada::mixer::sdp {

class SharedFormats {
 public:
  SharedFormats() : SharedFormats(std::vector<PayloadFormat>()) {}
  SharedFormats(std::vector<PayloadFormat> formats)  // NOLINT: a list is a list.
      : formats_(std::make_shared<const std::vector<PayloadFormat>>(std::move(formats))) {}
  SharedFormats(std::initializer_list<PayloadFormat> formats)
      : SharedFormats(std::vector<PayloadFormat>(formats)) {}

  operator const std::vector<PayloadFormat>&() const { return *formats_; }  // NOLINT: likewise.
  bool empty() const { return formats_->empty(); }
  auto begin() const { return formats_->begin(); }
  auto end() const { return formats_->end(); }

 private:
  std::shared_ptr<const std::vector<PayloadFormat>> formats_;
};

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_SHARED_FORMATS_H_
