// Stores results of an evaluation as they come: one line of JSON for each question and setting, in a folder that
// several processes may fill, each with its own shard. A folder belongs to one evaluation, described in its run.json.
#pragma once

#include "core/base/file_lock.h"
#include "core/base/os/os.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

struct EvalRecord {
  std::string id;        // of the question
  std::string strategy;  // of the setting
  std::string budget;
  std::string clip_hash;   // content_hash() of the clip asked about; empty: it could not be read
  std::string clip_stamp;  // FileStamp::str() of it then: as long as it is the same, so is the content
  std::string given;       // the model's answer
  bool right = false;
  bool contains = false;
  std::string error;              // why there is no answer; empty: there is one
  std::size_t visual_tokens = 0;  // before anything was pruned
  double kept = 0;                // visual tokens, mean over the layers after the first pruning
  double equivalent_out = 0;      // mean over all layers, as they leave a layer, as the papers count
  double equivalent_in = 0;       // mean over all layers, as they enter it: what is computed
  double flops_formula = 0;       // of the whole prompt, reused parts included
  double flops_true = 0;
  std::size_t reused_tokens = 0;
  std::size_t generated_tokens = 0;
  double prefill_ms = 0;
  double generate_ms = 0;
};

// What identifies an evaluation: names and values, in display order.
using EvalIdentity = std::vector<std::pair<std::string, std::string>>;

// One owner, one thread. Several processes share only the files.
class EvalStore {
 public:
  // Keeps nothing on disk.
  EvalStore() = default;
  // Makes the folder if there is none and reads what is in it. A half-written last line is ignored, and cut off the
  // file of this shard. Error{Usage}: the folder of another evaluation, or a shard that another process is working on;
  // Error{File}: a file that is unreadable or that this class did not write.
  EvalStore(std::filesystem::path folder, const EvalIdentity& identity, std::size_t shard, std::size_t shards);
  // For reading only: writes nothing, locks no shard. Error{File} if there is no such folder.
  [[nodiscard]] static EvalStore read_only(const std::filesystem::path& folder, const EvalIdentity& identity);
  ~EvalStore();
  EvalStore(EvalStore&& other) noexcept;
  EvalStore& operator=(EvalStore&&) = delete;

  // What is known about a question and setting; nullptr: nothing. If it was tried more than once, an answer wins over
  // an error, then the first one.
  [[nodiscard]] const EvalRecord* find(std::string_view id, std::string_view strategy, std::string_view budget) const;
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  // It is on disk when this returns. Error{File}.
  void append(const EvalRecord& record);
  // Reads what other shards have written since.
  void refresh();

 private:
  void keep(EvalRecord record);

  std::filesystem::path folder_;
  std::filesystem::path file_;
  FileLock lock_;                                           // of the shard
  os::File results_;                                        // open to append; closed if read only
  std::map<std::string, EvalRecord, std::less<>> records_;  // by id, strategy and budget
};

}  // namespace sparsight
