// Test support: an SQLite file system that fails on demand and forgets on demand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace footfall::store::sqlite {

// The calls that are counted and can be made to fail.
enum class FileCall { open, read, write, sync, truncate, remove };

enum class Trouble {
  io_error,   // the call does nothing and reports the I/O error of its kind
  disk_full,  // a write leaves its first half and reports a full disk; else as io_error
};

struct Fault {
  std::int64_t number = 1;        // the n-th call from now
  std::optional<FileCall> among;  // of this kind; without it, of all kinds but `read`
  Trouble trouble = Trouble::io_error;
  bool lasting = false;  // every call from the n-th on fails, until heal()
};

// A VFS over the ordinary one, registered under `name()` while the object lives; it must outlive
// the connections opened through it (`Database::open(path, access, vfs.name())`). All files must
// stand in one folder. Any thread may call.
//
// The model of a power loss: what a file held at its last successful xSync is safe. Every write and
// truncation since then is, each by itself, kept, dropped, or (a write) torn at a sector of 512
// bytes. Bytes outside a write's range are never harmed (SQLite's "powersafe overwrite"). Files
// come and go for certain when the folder is synced: at the first xSync of a journal or WAL that
// was created, and at an xDelete that asks for it; else old or new may be found. The -shm
// file is no part of it: it is rebuilt from the WAL.
class FaultyVfs {
 public:
  static constexpr std::int64_t kSectorBytes = 512;

  explicit FaultyVfs(std::string name = "faulty");
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  const char* name() const;

  void fail(const Fault& fault);  // replaces the last one
  void heal();
  // Calls so far, and how many of them failed by a fault.
  std::int64_t calls(FileCall kind) const;
  std::int64_t calls() const;  // of all kinds but `read`
  std::int64_t failed() const;

  // From now on, or from the n-th call (of all kinds but `read`) from now on, every call fails and
  // the files stay as they are. A write during which the power goes is itself in doubt.
  void lose_power();
  void lose_power_at(std::int64_t number);
  bool power_is_lost() const;

  // Writes what a disk may hold afterwards into `folder`, which is emptied first. The seed chooses;
  // 0 is the worst honest case: nothing that was not synced. One loss can be looked at with many
  // seeds.
  void files_after_power_loss(const std::filesystem::path& folder, std::uint64_t seed) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footfall::store::sqlite
