// A stranger with a UDP socket: sends what it likes to any port of the mixer, and counts what comes
// back. On loopback every address of 127.0.0.0/8 is one that it can have.
//   Attacker attacker("127.0.0.66");
//   attacker.Send(port, Rtp({.ssrc = guessed, .number = 7}));
//   attacker.CountReceived()                                 // must stay 0
// One thread. Nothing of the mixer's code makes its packets.
#ifndef NARADA_TESTS_ATTACK_ATTACKER_H_
#define NARADA_TESTS_ATTACK_ATTACKER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace narada::attack {

using Bytes = std::vector<uint8_t>;

struct RtpFields {
  uint32_t ssrc = 0;
  uint16_t number = 0;
  uint32_t timestamp = 0;
  uint8_t payload_type = 8;
  bool marker = false;
};
Bytes Rtp(const RtpFields& fields, const Bytes& payload = Bytes(160, 0xd5));
// 20 ms of a square wave of 1 kHz in A-law, about -7 dBov: nobody would miss it.
Bytes LoudTone();

Bytes ReceiverReport(uint32_t ssrc);
// A receiver report and a BYE of `ssrc`.
Bytes Goodbye(uint32_t ssrc);

class Attacker {
 public:
  explicit Attacker(const std::string& address);
  ~Attacker();
  Attacker(const Attacker&) = delete;
  Attacker& operator=(const Attacker&) = delete;

  uint16_t port() const { return port_; }
  void Send(uint16_t port, const Bytes& datagram);
  // What has come so far, oldest first; each is told once.
  std::vector<Bytes> Receive();
  uint64_t CountReceived();  // In all.
  uint64_t sent() const { return sent_; }

 private:
  int socket_;
  uint16_t port_ = 0;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
};

}  // namespace narada::attack

#endif  // NARADA_TESTS_ATTACK_ATTACKER_H_
