#include "remote_file_system.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tain::syncd {
namespace {

// Those of linux/magic.h, and those that it leaves out.
constexpr std::array<std::uint32_t, 15> kRemote = {
    NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
    FUSE_SUPER_MAGIC, V9FS_MAGIC,      AFS_SUPER_MAGIC,  AFS_FS_MAGIC,
    CODA_SUPER_MAGIC, NCP_SUPER_MAGIC, CEPH_SUPER_MAGIC, OCFS2_SUPER_MAGIC,
    0x01161970,  // GFS2
    0x0BD00BD0,  // Lustre
    0x786f4256,  // VirtualBox's shared folders
};

}  // namespace

bool is_remote_file_system(long type) {
  // Only 32 bits count: on some machines the field is signed.
  return std::find(kRemote.begin(), kRemote.end(), static_cast<std::uint32_t>(type)) !=
         kRemote.end();
}

bool is_on_remote_file_system(const std::string& path) {
  struct statfs status = {};
  return ::statfs(path.c_str(), &status) == 0 &&
         is_remote_file_system(static_cast<long>(status.f_type));
}

}  // namespace tain::syncd
