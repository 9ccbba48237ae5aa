#include "syncd/sync/progress_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tain::syncd {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Place = ProgressReport::Place;

class Progressing : public ::testing::Test {
 protected:
  ProgressReport make(Place place) {
    return {place, [this](const std::string& text) { written_.push_back(text); },
            [this] { return now_; }};
  }

  ProgressReport::Moment now_{};
  std::vector<std::string> written_;
};

TEST_F(Progressing, ATerminalsLineIsRedrawnWithRateAndTimeLeft) {
  ProgressReport progress = make(Place::terminal);
  progress.show(0, 1000);
  now_ += milliseconds(100);
  progress.show(10, 1000);  // too soon to be read
  EXPECT_THAT(written_, ElementsAre("\r\x1b[K0 of 1000 files"));
  now_ += milliseconds(100);
  progress.show(100, 1000);
  now_ += milliseconds(800);
  progress.show(500, 1000);
  progress.clear();
  progress.clear();
  EXPECT_THAT(written_,
              ElementsAre("\r\x1b[K0 of 1000 files", "\r\x1b[K100 of 1000 files, 500/s, 2 s left",
                          "\r\x1b[K500 of 1000 files, 500/s, 1 s left", "\r\x1b[K"));
}

TEST_F(Progressing, ALogGetsALineEveryTenSeconds) {
  {
    ProgressReport progress = make(Place::log);
    for (int second = 0; second <= 25; ++second) {
      progress.show(second * 10, 10'000);
      now_ += milliseconds(1000);
    }
  }
  EXPECT_THAT(written_, ElementsAre("100 of 10000 files, 10/s, 16 min 30 s left",
                                    "200 of 10000 files, 10/s, 16 min 20 s left"));
}

TEST_F(Progressing, WorkThatIsSoonDoneSaysNothingInALog) {
  {
    ProgressReport progress = make(Place::log);
    progress.show(1, 2);
    now_ += milliseconds(9999);
    progress.show(2, 2);
  }
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(Progressing, TheRateIsThatOfThisWorkAndNotOfWhatWasDoneBefore) {
  ProgressReport progress = make(Place::log);
  progress.show(5000, 6000);
  now_ += milliseconds(10'000);
  progress.show(5100, 6000);
  now_ += milliseconds(3'600'000);
  progress.show(0, 100);  // another one begins
  now_ += milliseconds(10'000);
  progress.show(1, 2000);
  EXPECT_THAT(written_, ElementsAre("5100 of 6000 files, 10/s, 1 min 30 s left",
                                    "1 of 2000 files, 0/s, 5 h 33 min left"));
}

TEST_F(Progressing, NothingIsSaidOfTheTimeBeforeThereIsARate) {
  ProgressReport progress = make(Place::log);
  progress.show(0, 7);
  now_ += milliseconds(10'000);
  progress.show(0, 7);
  now_ += milliseconds(10'000);
  progress.show(0, 8);
  EXPECT_THAT(written_, ElementsAre("0 of 7 files", "0 of 8 files"));
}

}  // namespace
}  // namespace tain::syncd
