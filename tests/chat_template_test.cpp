#include "core/model/chat_template.h"

#include "core/engine.h"
#include "core/model/families/llava.h"
#include "core/model/families/llava_next_video.h"
#include "core/model/prompt.h"
#include "core/model_check.h"
#include "tests/models.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace sparsight::test {
namespace {

using Catch::Contains;
using TemplateJson = nlohmann::json;

// As llava-hf/llava-1.5-7b-hf has it.
constexpr std::string_view kPublishedVicuna =
    "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}"
    "{# Render all images first #}{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}"
    "{{ '<image>\n' }}{% endfor %}{# Render all text next #}{% if message['role'] != 'assistant' %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ content['text'] + ' '}}"
    "{% endfor %}{% else %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{% generation %}{{ content['text'] + ' '}}{% endgeneration %}{% endfor %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}";

}  // namespace

TEST_CASE("a chat template is recognised without its comments and line ends", "[chat-template]") {
  CHECK(template_digest("a {# b #}c\r\nd \n") == template_digest("a c\nd"));
  CHECK(template_digest("a {# b") == template_digest("a"));
  CHECK(template_digest("a {#") == template_digest("a{##}"));
  CHECK(template_digest("a #} b") != template_digest("a  b"));
  CHECK(template_digest("") == template_digest("{# #}\n"));
}

TEST_CASE("a known chat template is silent, another one is said", "[chat-template]") {
  const TempDir dir;
  const auto doubt = [&] {
    std::vector<std::string> warnings;
    warn_about_template(dir.path(), llava(), warnings);
    return warnings.empty() ? "" : warnings.front();
  };
  CHECK(doubt().empty());
  write_file(dir / "tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer"})");
  CHECK(doubt().empty());
  const std::string published(kPublishedVicuna);
  const std::string changed = published + "!";

  // The later of these files has priority.
  write_file(dir / "tokenizer_config.json", TemplateJson{{"chat_template", changed}}.dump());
  CHECK(doubt() == (dir / "tokenizer_config.json").string() +
                       ": this chat template is not known; prompts are written as for other models of the class "
                       "LlavaForConditionalGeneration");
  const TemplateJson named{{{"name", "tools"}, {"template", changed}}, {{"name", "default"}, {"template", published}}};
  write_file(dir / "tokenizer_config.json", TemplateJson{{"chat_template", named}}.dump());
  CHECK(doubt().empty());
  write_file(dir / "chat_template.json", TemplateJson{{"chat_template", changed}}.dump());
  CHECK_THAT(doubt(), Contains("chat_template.json: this chat template is not known"));
  write_file(dir / "chat_template.json", TemplateJson{{"chat_template", published}}.dump());
  CHECK(doubt().empty());
  write_file(dir / "chat_template.jinja", changed);
  CHECK_THAT(doubt(), Contains("chat_template.jinja: this chat template is not known"));
  write_file(dir / "chat_template.jinja", published + "\n");
  CHECK(doubt().empty());

  std::filesystem::remove(dir / "chat_template.jinja");
  write_file(dir / "chat_template.json", R"({"chat_template": 7})");
  CHECK_THAT(doubt(), Contains("chat_template.json: chat_template: expected a string, found 7"));
  write_file(dir / "chat_template.json", "{");
  CHECK_THAT(doubt(), Contains("chat_template.json: not valid JSON"));
}

TEST_CASE("a model's description says that its chat template is not known", "[chat-template]") {
  const TempDir dir;
  copy_demo_model(dir / "model");
  CHECK(check_model(dir / "model", 8).info.warnings.empty());
  write_file(dir / "model" / "chat_template.jinja", "{{ messages }}");
  const ModelCheck check = check_model(dir / "model", 8);
  CHECK(check.problem.empty());
  REQUIRE(check.info.warnings.size() == 1);
  CHECK_THAT(check.info.warnings[0], Contains("this chat template is not known"));
  const auto engine = Engine::load({.model = dir / "model", .backend = cpu_backend()});
  CHECK(engine->info().warnings == check.info.warnings);
}

// What transformers' apply_chat_template makes of the published templates.
TEST_CASE("several turns with LLaVA's template", "[chat-template]") {
  const Chat chat{.system = {}, .media = MediaKind::Image, .turns = {{"What is it?", "A cat."}, {"Where?", ""}}};
  for (const Family* family : {&llava(), &llava_next_video()})
    CHECK(render(chat, *family) == "USER: <image>\nWhat is it? ASSISTANT: A cat. USER: Where? ASSISTANT:");
}

}  // namespace sparsight::test
