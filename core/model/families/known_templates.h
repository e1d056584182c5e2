// Digests (template_digest() in core/model/chat_template.h) of published chat templates whose prompts are those of a
// family's ChatTemplate.
#pragma once

#include <array>
#include <string_view>

namespace sparsight {

// Vicuna's, as the checkpoints of llava-hf and transformers' conversion scripts have it.
inline constexpr std::array<std::string_view, 3> kVicunaTemplates{
    "bdda302a10ec0e3ea35d6c39366aef48",  // llava-hf/llava-1.5-7b-hf: pictures
    "11211fd489fcc6516d2d4b49ef6eef28",  // llava-hf/LLaVA-NeXT-Video-7B-hf: pictures, then videos
    "de826c61916b365f589899ae435a8b93",  // the same without videos
};

// SmolVLM2's: as its checkpoints have it, and with videos, as its processor completes it.
inline constexpr std::array<std::string_view, 2> kSmolVlmTemplates{
    "ba3ceafa7fdf34a92bcef3090f0b2cbe",
    "d11a176b09c8d48dbad6a2fad0f8a570",
};

// Qwen2-VL's and Qwen2.5-VL's: as their checkpoints have it, and without the option to number pictures.
inline constexpr std::array<std::string_view, 2> kQwenVlTemplates{
    "e83000dd638f8c39d63c0ab8ac046a45",
    "b8b99e9553eda80008da0ab499d98ec6",
};

// Qwen2.5's, with what its text about tools has in single or in double braces: of models for chats, whose system text
// names Qwen; of others, whose prompts are Qwen2's.
inline constexpr std::array<std::string_view, 2> kQwen25Templates{
    "e392aa06018503fd2469c9508f79506e",
    "5fdb9fce4071098def2b96adf9b87224",
};
inline constexpr std::array<std::string_view, 2> kQwen25BaseTemplates{
    "0fe61c920a9d3925c31e98db8c19d1d3",
    "2ed7b48819cfdb787f9a49454cc7b3cf",
};

}  // namespace sparsight
