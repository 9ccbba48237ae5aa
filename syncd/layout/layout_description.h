#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "core/json/document.h"
#include "core/model/field.h"

namespace tain::syncd {

// Layouts as a user describes them in the configuration. What is wrong with a description is said
// when a layout is made of it.

/// Objects in a list inside a document, a row each.
struct ListDescription {
  std::string list;              ///< "a.b"; "a[].b" is the list `b` of each object of the list `a`
  std::string is;                ///< event or task
  Json fields = Json::object();  ///< as those of a file
  Json words = Json::object();   ///< as those of a file
  bool operator==(const ListDescription&) const = default;
};

/// One kind of file.
struct FileDescription {
  /// Below the marker: names with slashes between them. `**` is any directories or none; one `*` in
  /// a name is anything; one `<column>` is anything too, which that column says when the file does
  /// not. A list of such: any of them.
  Json path;
  std::string is;                ///< session, task, …: what a FileKind is called
  Json fields = Json::object();  ///< column → "a.b.c", or a list of such places, the first counts
  Json words = Json::object();   ///< column → {their word: ours}
  std::vector<ListDescription> lists = {};
  bool operator==(const FileDescription&) const = default;
};

struct LayoutDescription {
  std::string name;
  /// Directories below which its files lie, each one name or several with slashes between them. A
  /// project is the directory that holds one.
  std::vector<std::string> markers = {};
  std::vector<FileDescription> files = {};  ///< the first that matches counts
  bool operator==(const LayoutDescription&) const = default;
};

/// What a user says of layouts.
struct LayoutChoices {
  std::vector<std::string> json = {};  ///< directories, absolute, of which all JSON is mirrored
  std::vector<LayoutDescription> layouts = {};
  bool operator==(const LayoutChoices&) const = default;
};

}  // namespace tain::syncd

namespace tain {

template <>
struct Description<syncd::ListDescription> {
  static constexpr auto fields = std::tuple{
      required("list", &syncd::ListDescription::list),
      required("is", &syncd::ListDescription::is),
      optional("fields", &syncd::ListDescription::fields),
      optional("words", &syncd::ListDescription::words),
  };
};

template <>
struct Description<syncd::FileDescription> {
  static constexpr auto fields = std::tuple{
      required("path", &syncd::FileDescription::path),
      required("is", &syncd::FileDescription::is),
      optional("fields", &syncd::FileDescription::fields),
      optional("words", &syncd::FileDescription::words),
      optional("lists", &syncd::FileDescription::lists),
  };
};

template <>
struct Description<syncd::LayoutDescription> {
  static constexpr auto fields = std::tuple{
      required("name", &syncd::LayoutDescription::name),
      required("markers", &syncd::LayoutDescription::markers),
      required("files", &syncd::LayoutDescription::files),
  };
};

template <>
struct Description<syncd::LayoutChoices> {
  static constexpr auto fields = std::tuple{
      optional("json", &syncd::LayoutChoices::json),
      optional("layouts", &syncd::LayoutChoices::layouts),
  };
};

}  // namespace tain
