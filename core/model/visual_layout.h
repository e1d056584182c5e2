// Where each visual token of a clip is in the prompt and on the frames, and which tokens are not patches (CLS,
// newlines, words between the frames). No other code knows this. Pure data; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// The part of a frame's GridWindow (core/model/preprocess.h) that a block covers, as fractions of its sides. A tile
// covers less than the whole; a block that was padded extends beyond it.
struct FramePart {
  double left = 0, top = 0, width = 1, height = 1;

  [[nodiscard]] bool whole() const { return *this == FramePart{}; }
  friend bool operator==(const FramePart&, const FramePart&) = default;
};

// A grid of patches and the other tokens around it. Order in the prompt: `words_before`, CLS if there is one, `before`
// tokens, the rows from top to bottom, each with `before_row` tokens, its patches from left to right and `after_row`
// tokens, then `after` tokens and `words_after`. Words are tokens of the vocabulary, such as a frame's time; all other
// tokens are embeddings of the picture or learnt ones.
struct VisualBlock {
  std::size_t frame = 0;   // the clip's first frame that the block shows
  std::size_t frames = 1;  // number of frames that it shows
  std::size_t rows = 0, columns = 0;
  bool cls = false;  // a token for the block as a whole
  std::size_t before = 0, after = 0;
  std::size_t before_row = 0, after_row = 0;
  std::size_t words_before = 0, words_after = 0;
  FramePart part{};

  [[nodiscard]] std::size_t a_row() const { return before_row + columns + after_row; }
  [[nodiscard]] std::size_t tokens() const {
    return words_before + cls + before + rows * a_row() + after + words_after;
  }
  friend bool operator==(const VisualBlock&, const VisualBlock&) = default;
};

// Where a token is.
struct TokenPlace {
  enum class Kind {
    Patch,  // has a row and a column
    Cls,    // represents its whole block
    Extra,  // a newline or another learnt token without a picture
    Word,   // a token of the vocabulary, which no strategy prunes
  };
  std::size_t block = 0;
  std::size_t frame = 0;  // the first frame that the block shows
  Kind kind = Kind::Patch;
  std::size_t row = 0, column = 0;  // of a patch

  [[nodiscard]] bool is_patch() const { return kind == Kind::Patch; }
};

// Which blocks a picture shows where a frame has both finer ones and an overview.
enum class FrameView { Tiles, Overview };

// How a clip's visual tokens relate to the rows of its tower.
enum class TowerTokens {
  Rows,   // each token is one row, one block per frame, and the tower has CLS
  Made,   // some tokens combine several rows (pooling) or none (newlines)
  NoCls,  // the tower has no CLS
};

// A sequence of blocks. A frame may have several (an overview and tiles), and blocks may have different grids.
class VisualLayout {
 public:
  VisualLayout() = default;  // no block: unknown
  // Each block has at least one token; their sum does not overflow.
  explicit VisualLayout(std::vector<VisualBlock> blocks);
  // `count` blocks like `each`, one per frame.
  [[nodiscard]] static VisualLayout alike(std::size_t count, const VisualBlock& each);

  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  [[nodiscard]] std::span<const VisualBlock> blocks() const { return blocks_; }
  [[nodiscard]] std::size_t frames() const { return frames_; }  // frames of the clip that are shown
  [[nodiscard]] std::size_t tokens() const { return begins_.back(); }
  // Tokens of a block: [begin(block), end(block)).
  [[nodiscard]] std::size_t begin(std::size_t block) const { return begins_[block]; }
  [[nodiscard]] std::size_t end(std::size_t block) const { return begins_[block + 1]; }
  // Tokens per block if all blocks have the same grid and number of tokens; nullopt: they differ, or there is no block.
  [[nodiscard]] std::optional<std::size_t> tokens_each() const;

  [[nodiscard]] std::size_t token(std::size_t block, std::size_t row, std::size_t column) const;  // of a patch
  [[nodiscard]] TokenPlace place(std::size_t token) const;                                        // below tokens()
  [[nodiscard]] std::optional<std::size_t> cls(std::size_t block) const;
  [[nodiscard]] bool is_cls(std::size_t token) const;   // false for numbers beyond the last token
  [[nodiscard]] bool has_cls() const;                   // some block has one
  [[nodiscard]] bool is_word(std::size_t token) const;  // below tokens()
  [[nodiscard]] bool has_words() const;
  [[nodiscard]] std::size_t words() const;  // of all blocks
  // Tokens that a strategy may prune.
  [[nodiscard]] std::size_t prunable() const { return tokens() - words(); }
  [[nodiscard]] VisualLayout without_words() const;

  // Tokens that show `frame`, ascending: those of all its blocks.
  [[nodiscard]] std::vector<std::size_t> tokens_of(std::size_t frame) const;
  // The blocks drawn on a picture of `frame`. Tiles: its tiles, or else the last block that covers the whole frame.
  // Overview: the first block that covers it, or else its tiles.
  [[nodiscard]] std::vector<std::size_t> shown(std::size_t frame, FrameView view = FrameView::Tiles) const;
  [[nodiscard]] bool has_overview() const;  // the views of some frame differ

  friend bool operator==(const VisualLayout& a, const VisualLayout& b) { return a.blocks_ == b.blocks_; }

 private:
  [[nodiscard]] std::size_t block_of(std::size_t token) const;

  std::vector<VisualBlock> blocks_;
  std::vector<std::size_t> begins_{0};  // [blocks + 1]
  std::size_t frames_ = 0;
};

}  // namespace sparsight
