// A protobuf message as its bytes: a quarter of the memory of one that can be read, for what is kept of thousands and
// read only when somebody asks.
//   Encoded<v1::Leg> kept(leg);
//   v1::Leg leg = kept.Decode();
// Not thread-safe.
#ifndef NARADA_MIXER_SERVICE_ENCODED_H_
#define NARADA_MIXER_SERVICE_ENCODED_H_

#include <string>

#include "base/check.h"

namespace narada::mixer::service {

template <typename Message>
class Encoded {
 public:
  Encoded() = default;  // A message in which nothing is set.
  // No longer than it need be: a string that grew while it was written keeps what it took.
  explicit Encoded(const Message& message) : bytes_(message.ByteSizeLong(), '\0') {
    CHECK(message.SerializeToArray(bytes_.data(), static_cast<int>(bytes_.size())))
        << "a message that was read can be written";
  }

  Message Decode() const {
    Message message;
    CHECK(message.ParseFromString(bytes_)) << "it was written by the constructor";
    return message;
  }

 private:
  std::string bytes_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_ENCODED_H_
