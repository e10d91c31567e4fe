// CHECK(condition) << "the invariant in words": ends the program when the program itself is wrong.
//   CHECK(capacity > 0) << "an empty ring can never hand anything over";
// Never for what a network, a file or a peer can send: those get a Result or an absl::Status.
// CHECK_EQ and its kin print both values. DCHECK costs nothing where NDEBUG is defined (-c opt), so
// it may stand in a loop over samples. Usable on any thread; allocates only while the program dies.
#ifndef NARADA_BASE_CHECK_H_
#define NARADA_BASE_CHECK_H_

#include <sstream>

namespace narada::check_internal {

// Collects the message of a failed check; its destructor writes it to stderr and aborts.
class Failure {
 public:
  Failure(const char* file, int line, const char* condition);
  [[noreturn]] ~Failure();
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;
  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Makes both branches of ?: void. `&` binds looser than `<<` and tighter than `?:`.
struct Voidify {
  void operator&(std::ostream&) const {}
};

}  // namespace narada::check_internal

#define CHECK(condition)                            \
  __builtin_expect(static_cast<bool>(condition), 1) \
      ? static_cast<void>(0)                        \
      : ::narada::check_internal::Voidify() &       \
            ::narada::check_internal::Failure(__FILE__, __LINE__, #condition).stream()

// Both sides are evaluated a second time, to be printed, only when the check has failed.
#define NARADA_CHECK_OP(op, a, b) CHECK((a)op(b)) << "(" << (a) << " against " << (b) << ") "
#define CHECK_EQ(a, b) NARADA_CHECK_OP(==, a, b)
#define CHECK_NE(a, b) NARADA_CHECK_OP(!=, a, b)
#define CHECK_LT(a, b) NARADA_CHECK_OP(<, a, b)
#define CHECK_LE(a, b) NARADA_CHECK_OP(<=, a, b)
#define CHECK_GT(a, b) NARADA_CHECK_OP(>, a, b)
#define CHECK_GE(a, b) NARADA_CHECK_OP(>=, a, b)

// `true ||` keeps the condition compiled (so it cannot rot) and never evaluated.
#ifdef NDEBUG
#define DCHECK(condition) CHECK(true || (condition))
#define DCHECK_EQ(a, b) DCHECK((a) == (b))
#define DCHECK_NE(a, b) DCHECK((a) != (b))
#define DCHECK_LT(a, b) DCHECK((a) < (b))
#define DCHECK_LE(a, b) DCHECK((a) <= (b))
#define DCHECK_GT(a, b) DCHECK((a) > (b))
#define DCHECK_GE(a, b) DCHECK((a) >= (b))
#else
#define DCHECK(condition) CHECK(condition)
#define DCHECK_EQ(a, b) CHECK_EQ(a, b)
#define DCHECK_NE(a, b) CHECK_NE(a, b)
#define DCHECK_LT(a, b) CHECK_LT(a, b)
#define DCHECK_LE(a, b) CHECK_LE(a, b)
#define DCHECK_GT(a, b) CHECK_GT(a, b)
#define DCHECK_GE(a, b) CHECK_GE(a, b)
#endif

#endif  // NARADA_BASE_CHECK_H_
