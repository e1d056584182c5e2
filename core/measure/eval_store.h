// Results of an evaluation as they come: a line of JSON a question and setting, in a folder that several processes may
// fill, each its own shard. A folder belongs to one evaluation, described in its run.json.
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
  std::string clip_hash;   // content_hash() of the clip that was asked about; empty: it could not be read
  std::string clip_stamp;  // FileStamp::str() of it then: while it is the same, the content is
  std::string given;       // the answer that the model gave
  bool right = false;
  bool contains = false;
  std::string error;              // why there is no answer; empty: there is one
  std::size_t visual_tokens = 0;  // before anything was pruned
  double kept = 0;                // visual tokens, mean over the layers after the first pruning
  double equivalent_out = 0;      // mean over all layers, as they leave a layer, as the papers count
  double equivalent_in = 0;       // mean over all layers, as they enter it: what is computed
  double flops_formula = 0;       // of the whole prompt, also where a part of it was there already
  double flops_true = 0;
  std::size_t reused_tokens = 0;
  std::size_t generated_tokens = 0;
  double prefill_ms = 0;
  double generate_ms = 0;
};

// What makes two evaluations the same one: name and value, in the order in which they are shown.
using EvalIdentity = std::vector<std::pair<std::string, std::string>>;

// One owner, one thread. Files are what several processes share.
class EvalStore {
 public:
  // Nothing is kept.
  EvalStore() = default;
  // Makes the folder where there is none and reads what is in it: a half-written last line is left out, and cut off the
  // file of this shard. Error{Usage}: another evaluation's folder, or a shard that another process is working on;
  // Error{File}: unreadable, or not what this class wrote.
  EvalStore(std::filesystem::path folder, const EvalIdentity& identity, std::size_t shard, std::size_t shards);
  // The same for reading alone: writes nothing, holds no shard. Error{File} where there is no such folder.
  [[nodiscard]] static EvalStore read_only(const std::filesystem::path& folder, const EvalIdentity& identity);
  ~EvalStore();
  EvalStore(EvalStore&& other) noexcept;
  EvalStore& operator=(EvalStore&&) = delete;

  // What is known of a question and setting; nullptr: nothing. Where it was tried more than once, an answer counts for
  // more than an error, then the first.
  [[nodiscard]] const EvalRecord* find(std::string_view id, std::string_view strategy, std::string_view budget) const;
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  // On disk when it returns. Error{File}.
  void append(const EvalRecord& record);
  // Reads again what other shards have written since.
  void refresh();

 private:
  void keep(EvalRecord record);

  std::filesystem::path folder_;
  std::filesystem::path file_;
  FileLock lock_;  // of the shard
  os::File results_;  // open to append; none of a store that is read only
  std::map<std::string, EvalRecord, std::less<>> records_;  // by id, strategy and budget
};

}  // namespace sparsight
