#include "query/print/unicode.h"

#include <gtest/gtest.h>

namespace tain::query {
namespace {

TEST(Utf8, WellFormedTextOfEveryLengthIsAccepted) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, OverlongFormsSurrogatesAndWhatIsBeyondUnicodeAreNot) {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "\xC3"}) {
    EXPECT_FALSE(is_utf8(bytes));
  }
}

TEST(Utf8, EachIllFormedPieceBecomesOneReplacementCharacter) {
  EXPECT_EQ(to_utf8("a\xF0\x9F\x98z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(to_utf8("\xFF\xFE"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Visible, WhatATerminalWouldObeyIsSpelledOut) {
  EXPECT_EQ(make_visible("a\tb\nc\rd\x1b[2J\x7f\xC2\x9B\xE2\x80\xAE\xEF\xBB\xBF"),
            "a\\tb\\nc\\rd\\x1b[2J\\x7f\\u009b\\u202e\\ufeff");
}

TEST(Visible, TextIsLeftAlone) {
  EXPECT_EQ(make_visible("naïve 日本 👩‍💻 \\n"), "naïve 日本 👩‍💻 \\n");
}

TEST(DisplayWidth, WideCharactersTakeTwoColumnsAndCombiningOnesNone) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("日本"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);
  EXPECT_EQ(display_width("é"), 1);
}

TEST(CutToWidth, NeverExceedsTheWidthNorCutsACharacter) {
  EXPECT_EQ(cut_to_width("abcd", 4), "abcd");
  EXPECT_EQ(cut_to_width("abcde", 4), "abc…");
  EXPECT_EQ(cut_to_width("日本語", 5), "日本…");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…");
}

}  // namespace
}  // namespace tain::query
