// Every pair of states, through the functions that lead from one to the other.

#include <set>

#include "core/error.h"
#include "tests/support/execution_test.h"
#include "tests/support/session_test.h"

namespace tain {
namespace {

using testing::snapshot;
using enum ExecutionStatus;

// DOMAIN.md §2, as it stands there.
const std::set<std::pair<ExecutionStatus, ExecutionStatus>> kExecutionSteps = {
    {queued, running},    {queued, cancelled},     {running, succeeded},    {running, failed},
    {running, timed_out}, {running, cancelling},   {cancelling, cancelled}, {cancelling, succeeded},
    {cancelling, failed}, {cancelling, timed_out}, {failed, queued},        {timed_out, queued},
};

constexpr auto kExecutionStates = std::to_array<ExecutionStatus>(
    {queued, running, cancelling, succeeded, failed, cancelled, timed_out});

class Seed003ExecutionLifecycle : public testing::ExecutionTest {
 protected:
  // An execution `e1` in that state.
  void bring_to(ExecutionStatus state) {
    enqueue("e1", "codex", 5);
    if (state == queued) return;
    queue().claim_next("w1");
    if (state == running) return;
    if (state == cancelling || state == cancelled) queue().request_cancel("e1");
    if (state != cancelling) queue().finish("e1", "w1", state);
  }
  // False when it was refused with the right error; any other fails the test.
  bool try_to_bring(ExecutionStatus from, ExecutionStatus to) {
    try {
      if (to == queued) {
        queue().retry("e1");
      } else if (to == running) {
        return queue().claim_next("w1").has_value();
      } else if (to == cancelling || (to == cancelled && from == queued)) {
        queue().request_cancel("e1");
      } else {
        queue().finish("e1", "w1", to);
      }
      return true;
    } catch (const InvalidTransition& error) {
      EXPECT_EQ(error.from(), to_text(from));
      EXPECT_EQ(error.to(), to_text(to));
    } catch (const SupersededError&) {
      EXPECT_EQ(from, queued) << "only what nobody runs cannot be finished by its worker";
    }
    return false;
  }
};

TEST_F(Seed003ExecutionLifecycle, EveryStepOfTheTableIsAllowedAndNoOther) {
  for (const ExecutionStatus from : kExecutionStates) {
    for (const ExecutionStatus to : kExecutionStates) {
      // A cancel of a queued one leads to cancelled: nothing leads from there to cancelling.
      if (from == queued && to == cancelling) continue;
      SCOPED_TRACE(std::string(to_text(from)).append(" → ").append(to_text(to)));
      bring_to(from);
      ASSERT_EQ(status("e1"), from);
      const auto before = snapshot(file_of("e1"));
      const auto events = timeline("t1").size();
      const bool allowed = kExecutionSteps.count({from, to}) > 0;
      EXPECT_EQ(try_to_bring(from, to), allowed);
      if (allowed) {
        EXPECT_EQ(status("e1"), to);
        EXPECT_EQ(history("e1").back(), to_text(to));
        EXPECT_EQ(get("e1").ended_at.has_value(), is_over(to));
      } else {
        EXPECT_EQ(snapshot(file_of("e1")), before);
      }
      EXPECT_EQ(timeline("t1").size(), events + (allowed ? 1 : 0));
      std::filesystem::remove(file_of("e1"));
    }
  }
}

TEST_F(Seed003ExecutionLifecycle, AnOutcomeIsAnEnd) {
  bring_to(running);
  for (const ExecutionStatus state : {queued, running, cancelling}) {
    EXPECT_THROW(queue().finish("e1", "w1", state), InvalidArgument);
  }
  EXPECT_EQ(status("e1"), running);
}

}  // namespace
}  // namespace tain
