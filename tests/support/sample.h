#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/json/document.h"
#include "core/json/time.h"
#include "core/model/field.h"
#include "core/model/vocabulary.h"

namespace tain::testing {

/// A value in which nothing is left out: every field of an entity, and of what it holds, is given.
/// So a new field is in every test that goes through all of them.
template <class T>
struct Sample;

template <>
struct Sample<std::string> {
  static std::string make() { return "x"; }
};
template <>
struct Sample<bool> {
  static bool make() { return true; }
};
template <>
struct Sample<std::int64_t> {
  static std::int64_t make() { return 1; }
};
template <>
struct Sample<double> {
  static double make() { return 0.5; }
};
template <>
struct Sample<Timestamp> {
  static Timestamp make() { return {1'771'243'200'123}; }
};
template <>
struct Sample<Json> {
  static Json make() { return Json::parse(R"({"key": [1, null]})"); }
};
template <Word E>
struct Sample<E> {
  static E make() { return Vocabulary<E>::words.back().first; }
};
template <class T>
struct Sample<std::optional<T>> {
  static std::optional<T> make() { return Sample<T>::make(); }
};
template <class T>
struct Sample<std::vector<T>> {
  static std::vector<T> make() { return {Sample<T>::make()}; }
};
template <Described E>
struct Sample<E> {
  static E make() {
    E entity;
    std::apply([&](const auto&... field) { (fill(entity, field), ...); }, Description<E>::fields);
    return entity;
  }

 private:
  template <class B, class T>  // B: E or a base of it
  static void fill(E& entity, const Field<B, T>& field) {
    entity.*field.member = Sample<T>::make();
  }
};

}  // namespace tain::testing
