#include "core/model/families/decoder_alone.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"
#include "core/model/families/qwen.h"

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

ModelConfig with_tokens(const TextConfig& text, const JsonObject& top, const JsonObject& generation, std::int32_t bos,
                        std::int32_t eos) {
  ModelConfig out;
  out.text = text;
  const TokenPlaces places{&generation, &top};
  out.bos = special_token(places, "bos_token_id").value_or(bos);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places, eos);
  out.image_token = out.video_token = kNoTokenId;
  return out;
}

ModelConfig read_llama_alone(const JsonObject& top, const JsonObject& generation) {
  return with_tokens(read_llama(top), top, generation, 1, 2);
}

// Qwen2Config's defaults. Its attention has biases whatever the file says.
ModelConfig read_qwen2_alone(const JsonObject& top, const JsonObject& generation) {
  TextConfig defaults;
  defaults.vocab = 151936;
  defaults.hidden = 4096;
  defaults.intermediate = 22016;
  defaults.layers = defaults.heads = defaults.kv_heads = 32;
  defaults.max_positions = 32768;
  TextConfig text = read_decoder(top, defaults);
  text.attention_bias = true;
  text.output_bias = text.mlp_bias = false;
  refuse_sliding_window(top, text.layers, 28);
  return with_tokens(text, top, generation, 151643, 151645);
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

constexpr ChatTemplate kChatMlOfQwen2 = [] {
  ChatTemplate out = kChatMl;
  out.default_system = "You are a helpful assistant.";
  return out;
}();

constexpr ChatTemplate kChatMlOfQwen25 = [] {
  ChatTemplate out = kChatMl;
  out.default_system = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
  return out;
}();

constexpr ChatTemplate kQuestionAlone{.system_before = "",
                                      .system_after = "\n\n",
                                      .question_before = "",
                                      .media_after = "",
                                      .question_after = "",
                                      .answer_before = "",
                                      .answer_after = "\n",
                                      .image = {},
                                      .video = {}};

// The chat templates as their checkpoints have them.
constexpr std::string_view kSmolLm2Template =
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
constexpr std::string_view kQwen2Template =
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
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
          .read = read_llama_alone};
}

Family qwen2_alone(std::string_view models, std::string_view chat_template, const ChatTemplate& chat,
                   std::span<const std::string_view> templates = {}) {
  Family out = decoder_alone(models, chat_template, chat);
  out.model_type = "qwen2";
  out.templates = templates;
  out.read = read_qwen2_alone;
  return out;
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
  static const Family family = decoder_alone("the same without a chat template", "", kQuestionAlone);
  return family;
}

const Family& qwen2_text() {
  static const Family family =
      qwen2_alone("language models of the class Qwen2ForCausalLM with the chat template of Qwen2", kQwen2Template,
                  kChatMlOfQwen2, kQwen25BaseTemplates);
  return family;
}

const Family& qwen2_5_text() {
  static const Family family =
      qwen2_alone("the same with the chat template of Qwen2.5", "", kChatMlOfQwen25, kQwen25Templates);
  return family;
}

const Family& qwen2_chatml() {
  static const Family family = qwen2_alone("the same with the plain template of ChatML", kChatMlTemplate, kChatMl);
  return family;
}

const Family& qwen2_plain() {
  static const Family family = qwen2_alone("the same without a chat template", "", kQuestionAlone);
  return family;
}

}  // namespace sparsight
