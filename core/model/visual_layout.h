// How the visual tokens of a clip lie in the prompt and on its frames: the one place that knows where a token stands
// and which of them are no patches (CLS, newlines). Pure data; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// Which part of a frame's window (core/model/preprocess.h) a block covers, in shares of its sides: a tile covers some.
struct FramePart {
  double left = 0, top = 0, width = 1, height = 1;

  [[nodiscard]] bool whole() const { return *this == FramePart{}; }
  friend bool operator==(const FramePart&, const FramePart&) = default;
};

// A grid of patches and the tokens around it that are no patches. In the prompt: CLS if there is one, `before` tokens,
// the rows from above, each of them with `before_row` tokens, its patches from the left and `after_row` tokens, then
// `after` tokens.
struct VisualBlock {
  std::size_t frame = 0;   // of the clip: the first that it shows
  std::size_t frames = 1;  // that it shows, from there on
  std::size_t rows = 0, columns = 0;
  bool cls = false;  // a token for the block as a whole
  std::size_t before = 0, after = 0;
  std::size_t before_row = 0, after_row = 0;
  FramePart part{};

  [[nodiscard]] std::size_t a_row() const { return before_row + columns + after_row; }
  [[nodiscard]] std::size_t tokens() const { return cls + before + rows * a_row() + after; }
  friend bool operator==(const VisualBlock&, const VisualBlock&) = default;
};

// Where a token lies.
struct TokenPlace {
  enum class Kind {
    Patch,  // has a row and a column
    Cls,    // stands for its block as a whole
    Extra,  // a newline or another token that shows nothing
  };
  std::size_t block = 0;
  std::size_t frame = 0;  // the first that the block shows
  Kind kind = Kind::Patch;
  std::size_t row = 0, column = 0;  // of a patch

  [[nodiscard]] bool is_patch() const { return kind == Kind::Patch; }
};

// What a clip's visual tokens are of the rows that its tower makes.
enum class TowerTokens {
  Rows,   // each is one of them, a block a frame, and the tower has CLS
  Made,   // some are made of several rows, or of none: pooled ones, newlines
  NoCls,  // the tower has no CLS
};

// Block after block. A frame may have several (an overview and tiles), and blocks may differ in their grids.
class VisualLayout {
 public:
  VisualLayout() = default;  // no block: nothing is known
  // Each block has at least one token; their sum does not overflow.
  explicit VisualLayout(std::vector<VisualBlock> blocks);
  // `count` blocks like `each`, one a frame.
  [[nodiscard]] static VisualLayout alike(std::size_t count, const VisualBlock& each);

  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  [[nodiscard]] std::span<const VisualBlock> blocks() const { return blocks_; }
  [[nodiscard]] std::size_t frames() const { return frames_; }  // of the clip that are shown
  [[nodiscard]] std::size_t tokens() const { return begins_.back(); }
  // Tokens of a block: [begin(block), end(block)).
  [[nodiscard]] std::size_t begin(std::size_t block) const { return begins_[block]; }
  [[nodiscard]] std::size_t end(std::size_t block) const { return begins_[block + 1]; }
  // Tokens of each block, where all have as many in the same grid; nullopt: they differ, or there is none.
  [[nodiscard]] std::optional<std::size_t> tokens_each() const;

  [[nodiscard]] std::size_t token(std::size_t block, std::size_t row, std::size_t column) const;  // of a patch
  [[nodiscard]] TokenPlace place(std::size_t token) const;                                        // below tokens()
  [[nodiscard]] std::optional<std::size_t> cls(std::size_t block) const;
  [[nodiscard]] bool is_cls(std::size_t token) const;  // of any number: false beyond the last token
  [[nodiscard]] bool has_cls() const;                  // some block has one

  // Tokens that show `frame`, ascending: those of all its blocks.
  [[nodiscard]] std::vector<std::size_t> tokens_of(std::size_t frame) const;
  // The blocks that a picture of `frame` shows: its tiles, or the last of those that cover all of it.
  [[nodiscard]] std::vector<std::size_t> shown(std::size_t frame) const;

  friend bool operator==(const VisualLayout& a, const VisualLayout& b) { return a.blocks_ == b.blocks_; }

 private:
  [[nodiscard]] std::size_t block_of(std::size_t token) const;

  std::vector<VisualBlock> blocks_;
  std::vector<std::size_t> begins_{0};  // [blocks + 1]
  std::size_t frames_ = 0;
};

}  // namespace sparsight
