#pragma once

namespace tain::testing {

/// Under a sanitizer its own memory would be measured, and everything takes ten times as long.
#ifdef TAIN_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace tain::testing
