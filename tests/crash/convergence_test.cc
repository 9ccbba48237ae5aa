// Whatever happens to the tree and to the daemon: once it has caught up, the mirror equals one
// built from nothing.
//
// TAIN_SEED=N runs one seed, TAIN_OPERATIONS=N that many operations of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <random>

#include "tests/support/daemon_fixture.h"
#include "tests/support/meddler.h"
#include "tests/support/unprivileged.h"
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
    const std::size_t kind = random_() % 200;
    if (kind < 5) daemon_.flush();
    if (kind == 5) daemon_.kill();
    if (kind == 6) {
      ASSERT_EQ(daemon_.stop(), 0) << daemon_.log();
    }
    if (kind == 7) change_settings();
    if (kind == 8) delete_mirror();
    if (kind == 9) overflow();
    if (kind < 5 || kind > 7) return;
    for (std::size_t i = random_() % 5; i > 0; --i) act();
    daemon_.start();
    ++restarts_;
  }

  // So that the mirror has to be built anew beside the old one.
  void change_settings() {
    daemon_.kill();
    testing::write(daemon_.directory() / "config.json",
                   R"({"max_body": )" + std::to_string(64 + random_() % 2) + "}");
  }

  void delete_mirror() {
    for (const char* suffix : {"-wal", "-shm", ""}) {
      std::filesystem::remove(daemon_.db().string() + suffix);
    }
  }

  // More events than the kernel keeps: it drops some, whatever they said.
  void overflow() {
    std::size_t limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit > 100'000) return;
    meddler_->give_permissions_back();
    const std::filesystem::path noise = daemon_.root() / "noise/.tain";
    for (const char* name : {"a.json", "b.json"}) testing::write(noise / name, "{}");
    daemon_.flush();
    daemon_.process().send(SIGSTOP);
    for (std::size_t i = 0; i < limit; ++i) {
      ::chmod((noise / (i % 2 == 0 ? "a.json" : "b.json")).c_str(), 0600);
    }
    for (std::size_t i = random_() % 20; i > 0; --i) act();
    daemon_.process().send(SIGCONT);
    ++overflows_;
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

  const testing::Unprivileged unprivileged_;
  DaemonFixture daemon_{R"({"max_body": 64})"};
  std::optional<Meddler> meddler_;
  std::mt19937 random_{GetParam()};
  std::deque<std::string> history_;
  int restarts_ = 0;
  int overflows_ = 0;
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
  EXPECT_GE(overflows_, 1) << "the same";
  EXPECT_GE(compared_, 30) << "too few files to be a test of them";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Convergence, ::testing::ValuesIn(convergence_seeds()));

}  // namespace
}  // namespace tain
