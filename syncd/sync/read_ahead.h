#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "file_reader.h"

namespace tain::syncd {

/// Reads files on threads of its own, in order, while its owner writes what was read before. Not
/// far ahead: what waits to be taken is bounded, in bytes.
class ReadAhead {
 public:
  struct Job {
    const std::string& root;
    mirror::FileRecord record;
    FileRole role;
  };

  /// A thread for each of `readers`, which nobody else uses meanwhile; so `stop`, too. Where there
  /// can be none, is_done() from the beginning.
  ReadAhead(const std::vector<std::unique_ptr<FileReader>>& readers, std::vector<Job> jobs,
            Stop stop);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  /// Waits for the files that are being read; the others are left.
  ~ReadAhead();

  bool is_done() const { return taken_ == end_; }
  /// The path of the file that take() gives next.
  const std::string& next() const { return jobs_[taken_].record.path; }
  /// The next file's reading; throws what reading it threw. It is valid until the next call.
  FileReading& take();
  /// Begins to read no other file. is_done() when those that were begun are taken.
  void read_no_more();

 private:
  struct Result {
    std::optional<FileReading> reading;
    std::exception_ptr error;
  };

  void work(FileReader& reader);
  std::optional<std::size_t> claim(std::vector<FileReading>& spent);
  Result read(FileReader& reader, const Job& job) const;

  const std::vector<Job> jobs_;
  const Stop stop_;
  std::size_t taken_ = 0;
  std::optional<FileReading> current_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<Result>> results_;
  std::size_t claimed_ = 0;
  std::size_t end_;          // of the jobs that are done; its owner's to change
  std::size_t waiting_ = 0;  // bytes of what was read and not taken
  std::vector<FileReading> spent_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tain::syncd
