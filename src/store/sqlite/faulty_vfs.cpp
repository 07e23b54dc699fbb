// Test support, and the one source besides database.cpp that includes sqlite3.h: a VFS is made of
// SQLite's own structures.
#include "store/sqlite/faulty_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace footfall::store::sqlite {
namespace {

using Bytes = std::vector<char>;

// A write, or (without bytes) a truncation to `at`.
struct Change {
  std::int64_t at = 0;
  Bytes bytes;
};

// A file as the disk may hold it: what is safe, and what came after it in order.
struct Contents {
  Bytes safe;
  std::vector<Change> unsynced;
};

void apply(const Change& change, std::int64_t length, Bytes& file) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.bytes.empty()) {
    file.resize(at);
    return;
  }
  if (length == 0) return;
  const std::size_t end = at + static_cast<std::size_t>(length);
  if (file.size() < end) file.resize(end);
  std::copy_n(change.bytes.begin(), length, file.begin() + static_cast<std::ptrdiff_t>(at));
}

Bytes read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

using Folder = std::map<std::string, std::shared_ptr<Contents>>;

// By FileCall.
constexpr std::array<int, 6> kErrors = {SQLITE_CANTOPEN,       SQLITE_IOERR_READ,
                                        SQLITE_IOERR_WRITE,    SQLITE_IOERR_FSYNC,
                                        SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_DELETE};

// The state behind a FaultyVfs.
struct Disk {
  // Counts a call and says how it must end: SQLITE_OK to go on.
  int enter(FileCall call);
  void sync_folder() { safe_folder = folder; }

  mutable std::mutex mutex;  // guards all but name, vfs and real
  std::string name;
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::array<std::int64_t, 6> counts{};
  std::int64_t failures = 0;
  std::optional<Fault> fault;
  std::int64_t fault_countdown = 0;
  std::int64_t power_countdown = 0;  // 0: none
  bool dark = false;
  Folder folder, safe_folder;  // as it is, and as a power loss certainly leaves it
};

int Disk::enter(FileCall call) {
  const auto kind = static_cast<std::size_t>(call);
  ++counts[kind];
  const bool counted = call != FileCall::read;
  if (counted && power_countdown > 0 && --power_countdown == 0) dark = true;
  if (dark) return kErrors[kind];
  if (!fault || (fault->among ? *fault->among != call : !counted)) return SQLITE_OK;
  if (--fault_countdown > 0) return SQLITE_OK;
  const bool full = call == FileCall::write && fault->trouble == Trouble::disk_full;
  if (!fault->lasting) fault.reset();
  ++failures;
  return full ? SQLITE_FULL : kErrors[kind];
}

// What SQLite's handle points to. `contents` is null for temporary files, which nobody misses.
struct Tracked {
  Disk* disk;
  std::shared_ptr<Contents> contents;
  bool folder_sync_due;
};

// SQLite allocates this, with the ordinary VFS's own handle behind it.
struct Handle {
  sqlite3_file base;
  Tracked* tracked;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *real()->pMethods; }
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

int close_file(sqlite3_file* file) {
  Handle& handle = handle_of(file);
  const int result = handle.methods().xClose(handle.real());
  delete handle.tracked;
  return result;
}

int read_file(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.tracked->disk->mutex);
  const int verdict = handle.tracked->disk->enter(FileCall::read);
  if (verdict != SQLITE_OK) return verdict;
  return handle.methods().xRead(handle.real(), to, bytes, at);
}

int write_file(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  Handle& handle = handle_of(file);
  Disk& disk = *handle.tracked->disk;
  const std::lock_guard lock(disk.mutex);
  const bool was_dark = disk.dark;
  const int verdict = disk.enter(FileCall::write);
  const bool power_goes = disk.dark && !was_dark;
  const int written = verdict == SQLITE_OK || power_goes ? bytes
                      : verdict == SQLITE_FULL           ? bytes / 2
                                                         : 0;
  if (written == 0) return verdict;
  const int result = handle.methods().xWrite(handle.real(), from, written, at);
  if (result != SQLITE_OK) return result;
  if (handle.tracked->contents) {
    const char* first = static_cast<const char*>(from);
    handle.tracked->contents->unsynced.push_back({at, Bytes(first, first + written)});
  }
  return verdict;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.tracked->disk->mutex);
  const int verdict = handle.tracked->disk->enter(FileCall::truncate);
  if (verdict != SQLITE_OK) return verdict;
  const int result = handle.methods().xTruncate(handle.real(), size);
  if (result == SQLITE_OK && handle.tracked->contents) {
    handle.tracked->contents->unsynced.push_back({size, {}});
  }
  return result;
}

// The real file is not synced: the machine that runs the tests stays up, and they run faster.
int sync_file(sqlite3_file* file, int) {
  Tracked& tracked = *handle_of(file).tracked;
  const std::lock_guard lock(tracked.disk->mutex);
  const int verdict = tracked.disk->enter(FileCall::sync);
  if (verdict != SQLITE_OK || !tracked.contents) return verdict;
  for (const Change& change : tracked.contents->unsynced) {
    apply(change, std::ssize(change.bytes), tracked.contents->safe);
  }
  tracked.contents->unsynced.clear();
  if (std::exchange(tracked.folder_sync_due, false)) tracked.disk->sync_folder();
  return SQLITE_OK;
}

// Everything else goes to the ordinary file as it is.
template <auto method, typename... Arguments>
auto forward(sqlite3_file* file, Arguments... arguments) {
  Handle& handle = handle_of(file);
  return (handle.methods().*method)(handle.real(), arguments...);
}

using Methods = sqlite3_io_methods;

// Version 2: with shared memory, which a WAL needs, without memory-mapped reads.
constexpr Methods kMethods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = forward<&Methods::xFileSize>,
    .xLock = forward<&Methods::xLock>,
    .xUnlock = forward<&Methods::xUnlock>,
    .xCheckReservedLock = forward<&Methods::xCheckReservedLock>,
    .xFileControl = forward<&Methods::xFileControl>,
    .xSectorSize = forward<&Methods::xSectorSize>,
    .xDeviceCharacteristics = forward<&Methods::xDeviceCharacteristics>,
    .xShmMap = forward<&Methods::xShmMap>,
    .xShmLock = forward<&Methods::xShmLock>,
    .xShmBarrier = forward<&Methods::xShmBarrier>,
    .xShmUnmap = forward<&Methods::xShmUnmap>,
};

// The entry of a file in the folder, made when it is first seen.
std::shared_ptr<Contents> contents_of(Disk& disk, const std::string& path, bool existed) {
  std::shared_ptr<Contents>& entry = disk.folder[path];
  if (entry) return entry;
  entry = std::make_shared<Contents>();
  if (existed) {  // from before this VFS: safe
    entry->safe = read_whole(path);
    disk.safe_folder[path] = entry;
  }
  return entry;
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  Disk& disk = disk_of(vfs);
  Handle& handle = handle_of(file);
  handle.base.pMethods = nullptr;  // until it is open: SQLite closes nothing else
  const std::lock_guard lock(disk.mutex);
  const int verdict = disk.enter(FileCall::open);
  if (verdict != SQLITE_OK) return verdict;
  constexpr int kJournals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  const bool kept = path && (flags & (SQLITE_OPEN_MAIN_DB | kJournals));
  const bool existed = kept && std::filesystem::exists(path);
  handle.real()->pMethods = nullptr;
  const int result = disk.real->xOpen(disk.real, path, handle.real(), flags, flags_out);
  if (result != SQLITE_OK) {
    if (handle.real()->pMethods) handle.methods().xClose(handle.real());
    return result;
  }
  const bool folder_sync_due = kept && !existed && (flags & kJournals);
  handle.tracked =
      new Tracked{&disk, kept ? contents_of(disk, path, existed) : nullptr, folder_sync_due};
  handle.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  Disk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  const int verdict = disk.enter(FileCall::remove);
  if (verdict != SQLITE_OK) return verdict;
  const int result = disk.real->xDelete(disk.real, path, 0);
  if (result != SQLITE_OK) return result;
  disk.folder.erase(path);
  if (sync_folder) disk.sync_folder();
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* answer) {
  Disk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  return disk.dark ? SQLITE_IOERR_ACCESS : disk.real->xAccess(disk.real, path, flags, answer);
}

std::shared_ptr<Contents> find(const Folder& folder, const std::string& path) {
  const auto found = folder.find(path);
  return found == folder.end() ? nullptr : found->second;
}

// What chance, or nobody (seed 0), saves from a power loss.
class Salvage {
 public:
  explicit Salvage(std::uint64_t seed)
      : none_(seed == 0), random_(seed), kept_percent_(none_ ? 0 : below(101)) {}

  std::shared_ptr<Contents> choose(const std::shared_ptr<Contents>& safe,
                                   const std::shared_ptr<Contents>& now) {
    return safe == now || none_ || below(2) == 0 ? safe : now;
  }

  Bytes contents(const Contents& file) {
    Bytes bytes = file.safe;
    for (const Change& change : file.unsynced) {
      if (none_) break;
      const std::int64_t size = std::ssize(change.bytes);
      if (below(100) < kept_percent_) {
        apply(change, size, bytes);
      } else if (size > 0 && below(2) == 0) {
        apply(change, torn_length(change), bytes);
      }
    }
    return bytes;
  }

 private:
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  // How much of a write is there if it ended at one of the sector borders within it; 0 if none is.
  std::int64_t torn_length(const Change& write) {
    const std::int64_t first = write.at / FaultyVfs::kSectorBytes;
    const std::int64_t last = (write.at + std::ssize(write.bytes) - 1) / FaultyVfs::kSectorBytes;
    if (first == last) return 0;
    return (first + 1 + below(last - first)) * FaultyVfs::kSectorBytes - write.at;
  }

  bool none_;
  std::mt19937_64 random_;
  std::int64_t kept_percent_;
};

}  // namespace

struct FaultyVfs::State {
  Disk disk;
};

FaultyVfs::FaultyVfs(std::string name) : state_(new State) {
  Disk& disk = state_->disk;
  disk.name = std::move(name);
  disk.real = sqlite3_vfs_find(nullptr);
  FF_ASSERT(disk.real && !sqlite3_vfs_find(disk.name.c_str()), "a VFS of this name is there");
  disk.vfs = *disk.real;
  disk.vfs.pNext = nullptr;
  disk.vfs.zName = disk.name.c_str();
  disk.vfs.pAppData = &disk;
  disk.vfs.szOsFile = static_cast<int>(sizeof(Handle)) + disk.real->szOsFile;
  disk.vfs.xOpen = open_file;
  disk.vfs.xDelete = remove_file;
  disk.vfs.xAccess = access_file;
  sqlite3_vfs_register(&disk.vfs, 0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&state_->disk.vfs); }

const char* FaultyVfs::name() const { return state_->disk.name.c_str(); }

void FaultyVfs::fail(const Fault& fault) {
  const std::lock_guard lock(state_->disk.mutex);
  state_->disk.fault = fault;
  state_->disk.fault_countdown = fault.number;
}

void FaultyVfs::heal() {
  const std::lock_guard lock(state_->disk.mutex);
  state_->disk.fault.reset();
}

std::int64_t FaultyVfs::calls(FileCall kind) const {
  const std::lock_guard lock(state_->disk.mutex);
  return state_->disk.counts[static_cast<std::size_t>(kind)];
}

std::int64_t FaultyVfs::calls() const {
  const std::lock_guard lock(state_->disk.mutex);
  std::int64_t sum = -state_->disk.counts[static_cast<std::size_t>(FileCall::read)];
  for (const std::int64_t count : state_->disk.counts) sum += count;
  return sum;
}

std::int64_t FaultyVfs::failed() const {
  const std::lock_guard lock(state_->disk.mutex);
  return state_->disk.failures;
}

void FaultyVfs::lose_power() {
  const std::lock_guard lock(state_->disk.mutex);
  state_->disk.dark = true;
}

void FaultyVfs::lose_power_at(std::int64_t number) {
  const std::lock_guard lock(state_->disk.mutex);
  state_->disk.power_countdown = number;
}

bool FaultyVfs::power_is_lost() const {
  const std::lock_guard lock(state_->disk.mutex);
  return state_->disk.dark;
}

void FaultyVfs::files_after_power_loss(const std::filesystem::path& folder,
                                       std::uint64_t seed) const {
  const Disk& disk = state_->disk;
  const std::lock_guard lock(disk.mutex);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Salvage salvage(seed);
  Folder known = disk.folder;
  known.insert(disk.safe_folder.begin(), disk.safe_folder.end());
  for (const auto& [path, contents] : known) {
    const auto file = salvage.choose(find(disk.safe_folder, path), find(disk.folder, path));
    if (!file) continue;
    const Bytes bytes = salvage.contents(*file);
    std::ofstream to(folder / std::filesystem::path(path).filename(), std::ios::binary);
    to.write(bytes.data(), std::ssize(bytes));
    FF_ASSERT(to.flush(), "the file could not be written");
  }
}

}  // namespace footfall::store::sqlite
