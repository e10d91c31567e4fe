// What can no UDP media server go below? An echo server that does nothing but the kernel's part of a mixer's work: every
// 20 ms it takes all datagrams that wait and sends each back to where it came from.
//   floor --arrangement=shared --sockets=1 --port=30000 --cpu=0       one socket, recvmmsg and sendmmsg
//   floor --arrangement=ring --sockets=500 --port=30000 --cpu=0       a socket for each of 500 legs, io_uring
//   floor --arrangement=ring --with=connected,fixed_files ...         and what else the kernel offers, to see what it is worth
// Sockets are bound to 127.0.0.1, ports from --port on, in steps of two as a mixer's are. Prints "ready" when they are,
// runs until SIGTERM. CPU is measured from outside, as the mixer's is (bench/load).
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "base/check.h"

ABSL_FLAG(std::string, arrangement, "shared", "shared or ring");
ABSL_FLAG(int, sockets, 1, "How many.");
ABSL_FLAG(int, port, 30000, "The first one's; the others follow in steps of two.");
ABSL_FLAG(std::vector<std::string>, with, {},
          "Of a ring: connected (each socket to who sent it the first datagram), fixed_files "
          "(registered), zero_copy (sends), "
          "busy_poll (receives, 50 us), answers_last (all of a tick when all have been received, "
          "as a mixer must).");
ABSL_FLAG(int, cpu, -1, "Core to be pinned to; -1: none.");

namespace narada::bench {
namespace {

constexpr int64_t kTickNs = 20'000'000;
constexpr int64_t kBindPatienceNs = 5'000'000'000;
constexpr unsigned kBatch = 256;            // Datagrams of one recvmmsg or sendmmsg.
constexpr unsigned kBufferBytes = 2048;     // As the mixer's packet buffers.
constexpr unsigned kBuffers = 512;          // Few, so that they stay in the cache.
constexpr unsigned kBuffersOfATick = 4096;  // Where answers come last.

std::atomic<bool> stop = false;

int64_t NowNs() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void SleepUntil(int64_t ns) {
  const timespec time = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  while (!stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
  }
}

// The priority and the timers of a worker of the mixer (mixer/worker_thread.cc), so that both wait alike.
void PrepareThread(int cpu) {
  prctl(PR_SET_TIMERSLACK, 1000UL);
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0) << "no core " << cpu;
  }
  const sched_param parameters = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_RR, &parameters) != 0) setpriority(PRIO_PROCESS, 0, -15);
}

int Bind(uint16_t port, int buffer_bytes) {
  const int file = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  CHECK(file >= 0) << "no socket: " << strerror(errno);
  setsockopt(file, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
  setsockopt(file, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The ring of a server that was just stopped gives its sockets back a moment after its process has ended.
  const int64_t deadline = NowNs() + kBindPatienceNs;
  while (bind(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    CHECK(errno == EADDRINUSE && NowNs() < deadline) << "port " << port << ": " << strerror(errno);
    SleepUntil(NowNs() + kTickNs);
  }
  return file;
}

// One or a few sockets, each emptied and answered by batches.
class SharedSockets {
 public:
  explicit SharedSockets(const std::vector<int>& files) : files_(files) {
    for (unsigned i = 0; i < kBatch; ++i) {
      parts_[i] = {.iov_base = bytes_[i], .iov_len = sizeof(bytes_[i])};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_name = &addresses_[i];
    }
  }

  void Tick() {
    for (const int file : files_) {
      while (true) {
        for (unsigned i = 0; i < kBatch; ++i) {
          messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
          parts_[i].iov_len = sizeof(bytes_[i]);
        }
        const int received = recvmmsg(file, messages_, kBatch, MSG_DONTWAIT, nullptr);
        if (received <= 0) break;
        for (int i = 0; i < received; ++i) parts_[i].iov_len = messages_[i].msg_len;
        for (int sent = 0; sent < received;) {
          const int more = sendmmsg(file, messages_ + sent, static_cast<unsigned>(received - sent),
                                    MSG_DONTWAIT);
          sent += more > 0 ? more : 1;
        }
        if (received < static_cast<int>(kBatch)) break;
      }
    }
  }

 private:
  const std::vector<int> files_;
  uint8_t bytes_[kBatch][kBufferBytes];
  iovec parts_[kBatch] = {};
  sockaddr_in addresses_[kBatch] = {};
  mmsghdr messages_[kBatch] = {};
};

// What a ring of sockets may be given beside; see --with.
struct RingOptions {
  bool is_connected = false;
  bool has_fixed_files = false;
  bool is_zero_copy = false;
  bool is_busy_polling = false;
  bool answers_last = false;

  static RingOptions FromFlag() {
    RingOptions options;
    for (const std::string& name : absl::GetFlag(FLAGS_with)) {
      bool* const option = name == "connected"      ? &options.is_connected
                           : name == "fixed_files"  ? &options.has_fixed_files
                           : name == "zero_copy"    ? &options.is_zero_copy
                           : name == "busy_poll"    ? &options.is_busy_polling
                           : name == "answers_last" ? &options.answers_last
                                                    : nullptr;
      CHECK(option != nullptr) << "--with=" << name << " is not known";
      *option = true;
    }
    return options;
  }
};

// A multishot receive for each socket into one ring of buffers; all answers of a tick in as few submissions as fit.
class RingSockets {
 public:
  RingSockets(const std::vector<int>& files, const RingOptions& options)
      : files_(files),
        options_(options),
        buffers_size_(options.answers_last ? kBuffersOfATick : kBuffers),
        is_connected_(files.size()),
        sends_(kEntries) {
    io_uring_params parameters = {};
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
    parameters.cq_entries = 4 * kEntries;
    CHECK(io_uring_queue_init_params(kEntries, &ring_, &parameters) == 0) << "no io_uring";
    io_uring_register_ring_fd(&ring_);
    if (options.has_fixed_files) {
      CHECK(io_uring_register_files(&ring_, files.data(), static_cast<unsigned>(files.size())) == 0)
          << "the files are not registered";
    }
    if (options.is_busy_polling) {
      const int us = 50;
      for (const int file : files) {
        CHECK(setsockopt(file, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us)) == 0) << "no busy poll";
      }
    }
    const size_t ring_bytes = buffers_size_ * sizeof(io_uring_buf);
    uint8_t* const mapping = static_cast<uint8_t*>(
        mmap(nullptr, ring_bytes + size_t{buffers_size_} * kBufferBytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
    CHECK(mapping != MAP_FAILED) << "no memory";
    buffers_ = reinterpret_cast<io_uring_buf_ring*>(mapping);
    memory_ = mapping + ring_bytes;
    io_uring_buf_ring_init(buffers_);
    io_uring_buf_reg registration = {};
    registration.ring_addr = reinterpret_cast<uintptr_t>(mapping);
    registration.ring_entries = buffers_size_;
    CHECK(io_uring_register_buf_ring(&ring_, &registration, 0) == 0) << "no buffer ring";
    for (unsigned i = 0; i < buffers_size_; ++i) GiveBack(static_cast<uint16_t>(i));
    shape_.msg_namelen = sizeof(sockaddr_in);
    for (size_t i = 0; i < files_.size(); ++i) Arm(i);
    Submit();
  }

  void Tick() {
    do {
      unsigned head = 0;
      unsigned count = 0;
      io_uring_cqe* cqe = nullptr;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        ++count;
        OnCompletion(*cqe);
      }
      io_uring_cq_advance(&ring_, count);
      if (!options_.answers_last) Flush();
      io_uring_get_events(&ring_);
    } while (io_uring_cq_ready(&ring_) > 0 || (*ring_.sq.kflags & IORING_SQ_TASKRUN) != 0);
    if (options_.answers_last) Flush();
  }

 private:
  static constexpr unsigned kEntries = 4096;
  static constexpr uint64_t kSend = UINT64_MAX;
  static constexpr uint64_t kZeroCopySend = uint64_t{1} << 63;  // And the buffer that it sends.
  struct Slot {
    msghdr message;
    iovec part;
  };

  // What to call the socket in an operation, whose flags say the same.
  int FileOf(size_t index) const {
    return options_.has_fixed_files ? static_cast<int>(index) : files_[index];
  }
  uint8_t FileFlags() const { return options_.has_fixed_files ? IOSQE_FIXED_FILE : 0; }

  void Submit() {
    while (io_uring_sq_ready(&ring_) > 0) io_uring_submit(&ring_);
  }

  void Arm(size_t index) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      Submit();
      sqe = io_uring_get_sqe(&ring_);
    }
    io_uring_prep_recvmsg_multishot(sqe, FileOf(index), &shape_, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT | FileFlags();
    sqe->buf_group = 0;
    io_uring_sqe_set_data64(sqe, index);
  }

  void GiveBack(uint16_t id) {
    io_uring_buf_ring_add(buffers_, memory_ + size_t{id} * kBufferBytes, kBufferBytes, id,
                          io_uring_buf_ring_mask(buffers_size_), 0);
    io_uring_buf_ring_advance(buffers_, 1);
  }

  void OnCompletion(const io_uring_cqe& cqe) {
    if (cqe.user_data == kSend) return;          // A refused send.
    if ((cqe.user_data & kZeroCopySend) != 0) {  // Sent, then free.
      if ((cqe.flags & IORING_CQE_F_MORE) == 0) GiveBack(static_cast<uint16_t>(cqe.user_data));
      return;
    }
    const auto index = static_cast<size_t>(cqe.user_data);
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
      const auto buffer = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
      uint8_t* const bytes = memory_ + size_t{buffer} * kBufferBytes;
      io_uring_recvmsg_out* const out = io_uring_recvmsg_validate(bytes, cqe.res, &shape_);
      if (out == nullptr) {
        GiveBack(buffer);
      } else {
        Answer(index, out, cqe.res, buffer);
      }
    }
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) Arm(index);
  }

  void Answer(size_t index, io_uring_recvmsg_out* out, int length, uint16_t buffer) {
    if (unflushed_ == kEntries - 1) Flush();
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      Flush();
      sqe = io_uring_get_sqe(&ring_);
    }
    Slot& slot = sends_[unflushed_];
    slot.part = {.iov_base = io_uring_recvmsg_payload(out, &shape_),
                 .iov_len = io_uring_recvmsg_payload_length(out, length, &shape_)};
    slot.message = {};
    if (!is_connected_[index]) {
      slot.message.msg_name = io_uring_recvmsg_name(out);
      slot.message.msg_namelen = sizeof(sockaddr_in);
      is_connected_[index] = options_.is_connected &&
                             connect(files_[index], static_cast<sockaddr*>(slot.message.msg_name),
                                     slot.message.msg_namelen) == 0;
    }
    slot.message.msg_iov = &slot.part;
    slot.message.msg_iovlen = 1;
    if (options_.is_zero_copy) {
      io_uring_prep_sendmsg_zc(sqe, FileOf(index), &slot.message, MSG_DONTWAIT);
      sqe->flags |= FileFlags();
      io_uring_sqe_set_data64(sqe, kZeroCopySend | buffer);
      ++unflushed_;
      return;
    }
    io_uring_prep_sendmsg(sqe, FileOf(index), &slot.message, MSG_DONTWAIT);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS | FileFlags();
    io_uring_sqe_set_data64(sqe, kSend);
    answers_.push_back(buffer);
    ++unflushed_;
  }

  void Flush() {
    Submit();
    unflushed_ = 0;
    for (const uint16_t buffer : answers_) GiveBack(buffer);
    answers_.clear();
  }

  const std::vector<int> files_;
  const RingOptions options_;
  const unsigned buffers_size_;
  std::vector<bool> is_connected_;
  io_uring ring_ = {};
  io_uring_buf_ring* buffers_ = nullptr;
  uint8_t* memory_ = nullptr;
  msghdr shape_ = {};
  std::vector<Slot> sends_;
  size_t unflushed_ = 0;           // Sends that are queued.
  std::vector<uint16_t> answers_;  // Their buffers, where they are free as soon as they are sent.
};

template <typename Server>
void Run(Server& server) {
  printf("ready\n");
  fflush(stdout);
  int64_t due = NowNs();
  while (!stop) {
    due += kTickNs;
    SleepUntil(due);
    server.Tick();
  }
}

void Serve() {
  const int count = absl::GetFlag(FLAGS_sockets);
  const bool is_ring = absl::GetFlag(FLAGS_arrangement) == "ring";
  CHECK(is_ring || absl::GetFlag(FLAGS_arrangement) == "shared") << "shared or ring";
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  PrepareThread(absl::GetFlag(FLAGS_cpu));
  std::vector<int> files;
  for (int i = 0; i < count; ++i) {
    files.push_back(Bind(static_cast<uint16_t>(absl::GetFlag(FLAGS_port) + 2 * i),
                         is_ring ? 256 * 1024 : 16 * 1024 * 1024));
  }
  if (is_ring) {
    RingSockets server(files, RingOptions::FromFlag());
    Run(server);
  } else {
    auto server = std::make_unique<SharedSockets>(files);
    Run(*server);
  }
}

}  // namespace
}  // namespace narada::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  signal(SIGTERM, [](int) { narada::bench::stop = true; });
  signal(SIGINT, [](int) { narada::bench::stop = true; });
  narada::bench::Serve();
  return 0;
}
