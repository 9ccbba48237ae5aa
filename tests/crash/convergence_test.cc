// Whatever happens to the tree and to the daemon: once it has caught up, the mirror equals one
// built from nothing.
//
// TAIN_SEED=N runs one seed, TAIN_OPERATIONS=N that many operations of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>

#include "tests/support/daemon_fixture.h"
#include "tests/support/meddler.h"
#include "tests/support/verification.h"

namespace tain {
namespace {

using testing::DaemonFixture;
using testing::Meddler;
using testing::Verification;

constexpr int kOperations = 1000;
constexpr int kOperationsPerCheck = 100;

std::vector<unsigned> convergence_seeds() {
  if (const char* seed = std::getenv("TAIN_SEED")) {
    return {static_cast<unsigned>(std::strtoul(seed, nullptr, 10))};
  }
  return {1, 2, 3, 4};
}

int convergence_operations() {
  const char* count = std::getenv("TAIN_OPERATIONS");
  return count != nullptr ? std::atoi(count) : kOperations;
}

class Convergence : public ::testing::TestWithParam<unsigned> {
 protected:
  Convergence() {
    daemon_.start();
    meddler_.emplace(daemon_.root(), GetParam(), Meddler::Manner::rough);
  }

  void act() {
    history_.push_back(meddler_->act());
    if (history_.size() > 40) history_.pop_front();
  }

  // Something happens to the daemon, now and then, and the tree does not wait for it.
  void disturb_daemon() {
    const std::size_t kind = random_() % 150;
    if (kind == 0) daemon_.kill();
    if (kind == 1) {
      ASSERT_EQ(daemon_.stop(), 0) << daemon_.log();
    }
    if (kind <= 1) {
      for (std::size_t i = random_() % 5; i > 0; --i) act();
      daemon_.start();
      ++restarts_;
    }
    if (kind >= 2 && kind <= 5) daemon_.flush();
  }

  void expect_converged() {
    const Verification found = testing::run_verification(
        {.mirror = daemon_.db(), .flush = [this] { daemon_.flush(); }}, daemon_.root());
    EXPECT_THAT(found.differences, ::testing::IsEmpty())
        << "the last operations: " << ::testing::PrintToString(history_);
    for (const std::string& left_out : found.not_compared) {
      EXPECT_THAT(left_out, ::testing::Not(::testing::HasSubstr("still changing")));
    }
    compared_ += found.result.files;
  }

  DaemonFixture daemon_{R"({"max_body": 64})"};
  std::optional<Meddler> meddler_;
  std::mt19937 random_{GetParam()};
  std::deque<std::string> history_;
  int restarts_ = 0;
  std::int64_t compared_ = 0;
};

TEST_P(Convergence, WhateverHappensTheMirrorEqualsAFreshOne) {
  SCOPED_TRACE("TAIN_SEED=" + std::to_string(GetParam()));
  const int operations = convergence_operations();
  for (int done = 1; done <= operations; ++done) {
    act();
    disturb_daemon();
    if (HasFatalFailure()) return;
    if (done % kOperationsPerCheck != 0 && done != operations) continue;
    expect_converged();
    if (HasFailure()) return;
  }
  if (operations < kOperations) return;
  EXPECT_GE(restarts_, 3) << "too few to be a test of them";
  EXPECT_GE(compared_, 30) << "too few files to be a test of them";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Convergence, ::testing::ValuesIn(convergence_seeds()));

}  // namespace
}  // namespace tain
