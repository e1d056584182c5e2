#include "core/model/families/decoder_alone.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"

#include <array>

namespace sparsight {
namespace {

constexpr std::array kDecoderAloneNames{
    Rename{"lm_head.", "lm_head."},
    Rename{"language_model.", kDecoder},
    Rename{"embed_tokens.", kDecoder, "embed_tokens."},
    Rename{"layers.", kDecoder, "layers."},
    Rename{"norm.", kDecoder, "norm."},
};

ModelConfig read_decoder_alone(const JsonObject& top, const JsonObject& generation) {
  ModelConfig out;
  out.text = read_llama(top);
  const TokenPlaces places{&generation, &top};
  out.bos = special_token(places, "bos_token_id").value_or(1);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places);
  out.image_token = out.video_token = kNoTokenId;
  return out;
}

constexpr ChatTemplate kChatMl{.system_before = "<|im_start|>system\n",
                               .system_after = "<|im_end|>\n",
                               .question_before = "<|im_start|>user\n",
                               .media_after = "",
                               .question_after = "<|im_end|>\n<|im_start|>assistant\n",
                               .answer_before = "",
                               .answer_after = "<|im_end|>\n",
                               .image = {},
                               .video = {}};

constexpr ChatTemplate kChatMlOfSmolLm2 = [] {
  ChatTemplate out = kChatMl;
  out.default_system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
  return out;
}();

// The chat templates as their checkpoints have them.
constexpr std::string_view kSmolLm2Template =
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
constexpr std::string_view kChatMlTemplate =
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

Family decoder_alone(std::string_view models, std::string_view chat_template, const ChatTemplate& chat) {
  return {.model_type = "llama",
          .chat_template = chat_template,
          .models = models,
          .names = kDecoderAloneNames,
          .image_tower = {},
          .video_tower = {},
          .newline = {},
          .pixels = {},
          .chat = chat,
          .read = read_decoder_alone};
}

}  // namespace

const Family& llama_smollm2() {
  static const Family family =
      decoder_alone("language models of the class LlamaForCausalLM with the chat template of SmolLM2", kSmolLm2Template,
                    kChatMlOfSmolLm2);
  return family;
}

const Family& llama_chatml() {
  static const Family family = decoder_alone("the same with the plain template of ChatML", kChatMlTemplate, kChatMl);
  return family;
}

const Family& llama_plain() {
  static const Family family = decoder_alone("the same without a chat template", "",
                                             {.system_before = "",
                                              .system_after = "\n\n",
                                              .question_before = "",
                                              .media_after = "",
                                              .question_after = "",
                                              .answer_before = "",
                                              .answer_after = "\n",
                                              .image = {},
                                              .video = {}});
  return family;
}

}  // namespace sparsight
