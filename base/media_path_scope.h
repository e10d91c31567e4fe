// Proves that the media path allocates nothing: while a MediaPathScope lives, this thread may not.
//   void Worker::Step(MediaTime now) {
//     MediaPathScope scope;
//     ...                       // operator new, malloc or free here aborts with a stack trace
//   }
// The scope alone only counts; what aborts is `//base:media_path_hook`, which a test (or the mixer,
// when it is to prove itself under load) links in. Under ASan and TSan the same hook goes through
// the sanitizer's own allocation hooks. Scopes nest. Any thread; costs one thread-local increment.
#ifndef NARADA_BASE_MEDIA_PATH_SCOPE_H_
#define NARADA_BASE_MEDIA_PATH_SCOPE_H_

namespace narada {

class MediaPathScope {
 public:
  MediaPathScope() noexcept;
  ~MediaPathScope();
  MediaPathScope(const MediaPathScope&) = delete;
  MediaPathScope& operator=(const MediaPathScope&) = delete;

  // True while any scope lives on this thread.
  static bool IsActive() noexcept;

  // True if the hook is linked, that is, if a scope proves anything in this program.
  static bool IsEnforced() noexcept;

  // For a program that is about to abort and needs memory for its last words.
  static void LeaveForGood() noexcept;

 private:
  friend class MediaPathExemption;
};

// Suspends the scopes of this thread. Only for test doubles that stand in for the world outside (a
// simulated network that queues datagrams), never for product code.
class MediaPathExemption {
 public:
  MediaPathExemption() noexcept;
  ~MediaPathExemption();
  MediaPathExemption(const MediaPathExemption&) = delete;
  MediaPathExemption& operator=(const MediaPathExemption&) = delete;

 private:
  const int depth_;  // What to restore.
};

}  // namespace narada

#endif  // NARADA_BASE_MEDIA_PATH_SCOPE_H_
