#include "core/model/visual_layout.h"

#include "kernels/error.h"

#include <algorithm>
#include <utility>

namespace sparsight {

VisualLayout::VisualLayout(std::vector<VisualBlock> blocks) : blocks_(std::move(blocks)) {
  begins_.reserve(blocks_.size() + 1);
  for (const VisualBlock& block : blocks_) {
    SPARSIGHT_CHECK(block.tokens() != 0);
    begins_.push_back(begins_.back() + block.tokens());
    frames_ = std::max(frames_, block.frame + block.frames);
  }
}

VisualLayout VisualLayout::alike(std::size_t count, const VisualBlock& each) {
  std::vector<VisualBlock> blocks(count, each);
  for (std::size_t i = 0; i < count; ++i) blocks[i].frame = i;
  return VisualLayout(std::move(blocks));
}

std::optional<std::size_t> VisualLayout::tokens_each() const {
  if (blocks_.empty()) return std::nullopt;
  VisualBlock first = blocks_.front();
  for (const VisualBlock& block : blocks_) {
    first.frame = block.frame;
    if (first != block) return std::nullopt;
  }
  return first.tokens();
}

std::size_t VisualLayout::block_of(std::size_t token) const {
  SPARSIGHT_CHECK(token < tokens());
  return static_cast<std::size_t>(std::ranges::upper_bound(begins_, token) - begins_.begin()) - 1;
}

std::size_t VisualLayout::token(std::size_t block, std::size_t row, std::size_t column) const {
  const VisualBlock& b = blocks_[block];
  SPARSIGHT_CHECK(row < b.rows && column < b.columns);
  return begins_[block] + b.words_before + b.cls + b.before + row * b.a_row() + b.before_row + column;
}

TokenPlace VisualLayout::place(std::size_t token) const {
  const std::size_t at = block_of(token);
  const VisualBlock& b = blocks_[at];
  TokenPlace out{.block = at, .frame = b.frame, .kind = TokenPlace::Kind::Extra};
  if (token - begins_[at] < b.words_before || token >= begins_[at + 1] - b.words_after) {
    out.kind = TokenPlace::Kind::Word;
    return out;
  }
  const std::size_t inside = token - begins_[at] - b.words_before, head = b.cls + b.before;
  if (b.cls && inside == 0) out.kind = TokenPlace::Kind::Cls;
  if (inside < head || inside >= head + b.rows * b.a_row()) return out;
  const std::size_t row = (inside - head) / b.a_row(), in_row = (inside - head) % b.a_row();
  if (in_row < b.before_row || in_row >= b.before_row + b.columns) return out;
  out.kind = TokenPlace::Kind::Patch;
  out.row = row;
  out.column = in_row - b.before_row;
  return out;
}

std::optional<std::size_t> VisualLayout::cls(std::size_t block) const {
  return blocks_[block].cls ? std::optional(begins_[block] + blocks_[block].words_before) : std::nullopt;
}

bool VisualLayout::is_cls(std::size_t token) const { return token < tokens() && cls(block_of(token)) == token; }

bool VisualLayout::has_cls() const {
  return std::ranges::any_of(blocks_, [](const VisualBlock& block) { return block.cls; });
}

bool VisualLayout::is_word(std::size_t token) const { return place(token).kind == TokenPlace::Kind::Word; }

bool VisualLayout::has_words() const { return words() != 0; }

std::size_t VisualLayout::words() const {
  std::size_t count = 0;
  for (const VisualBlock& block : blocks_) count += block.words_before + block.words_after;
  return count;
}

VisualLayout VisualLayout::without_words() const {
  std::vector<VisualBlock> blocks = blocks_;
  for (VisualBlock& block : blocks) block.words_before = block.words_after = 0;
  return VisualLayout(std::move(blocks));
}

std::vector<std::size_t> VisualLayout::tokens_of(std::size_t frame) const {
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    if (blocks_[b].frame <= frame && frame < blocks_[b].frame + blocks_[b].frames)
      for (std::size_t token = begins_[b]; token < begins_[b + 1]; ++token) out.push_back(token);
  return out;
}

std::vector<std::size_t> VisualLayout::shown(std::size_t frame, FrameView view) const {
  std::vector<std::size_t> whole, tiles;
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    if (blocks_[b].frame <= frame && frame < blocks_[b].frame + blocks_[b].frames)
      (blocks_[b].part.whole() ? whole : tiles).push_back(b);
  if (view == FrameView::Overview) return whole.empty() ? tiles : std::vector{whole.front()};
  return tiles.empty() && !whole.empty() ? std::vector{whole.back()} : tiles;
}

bool VisualLayout::has_overview() const {
  for (std::size_t frame = 0; frame < frames_; ++frame)
    if (shown(frame, FrameView::Overview) != shown(frame, FrameView::Tiles)) return true;
  return false;
}

}  // namespace sparsight
