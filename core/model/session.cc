#include "session.h"

namespace tain {

PhaseStamps stamps_of(PhaseHistory& history, Phase phase) {
  switch (phase) {
    case Phase::spec:
      return {&history.spec_started_at, &history.spec_completed_at};
    case Phase::plan:
      return {&history.plan_started_at, &history.plan_completed_at};
    case Phase::build:
      return {&history.build_started_at, &history.build_completed_at};
    case Phase::docs:
      return {&history.docs_started_at, &history.docs_completed_at};
    case Phase::complete:
      break;
  }
  return {};
}

}  // namespace tain
