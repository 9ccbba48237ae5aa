#include "output_buffer.h"

#include "core/fs/file_system.h"

namespace tain::query {

OutputBuffer::OutputBuffer(int fd, const char* name) : fd_(fd), name_(name), buffer_() {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

std::string_view OutputBuffer::pending() const {
  return {pbase(), static_cast<std::size_t>(pptr() - pbase())};
}

void OutputBuffer::write_out() {
  const std::string_view bytes = pending();
  setp(buffer_.data(), buffer_.data() + buffer_.size());  // never tried again after a failure
  write_all(FileSystem::real(), fd_, bytes, name_, "write");
}

OutputBuffer::int_type OutputBuffer::overflow(int_type c) {
  write_out();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int OutputBuffer::sync() {
  write_out();
  return 0;
}

}  // namespace tain::query
