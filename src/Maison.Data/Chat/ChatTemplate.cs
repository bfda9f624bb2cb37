// What other engines need to chat with a model trained here: ChatFormat's rules in Jinja, and the tokenizer_config.json that
// carries them. Knows nothing about weights. The class is PreTrainedTokenizerFast because it takes tokenizer.json as it is;
// Qwen2Tokenizer would bring a normalizer of its own.
using System.Text.Encodings.Web;
using System.Text.Json;
using Maison.Data.Tokenizers;

namespace Maison.Data.Chat;

/// <summary>The chat format for Hugging Face transformers, llama.cpp and vLLM.</summary>
public static class ChatTemplate
{
    /// <summary>The template; it takes messages (role, content, reasoning_content, tool_calls), tools, add_generation_prompt, enable_thinking and
    /// bos_token, the mark of <see cref="SaveConfig"/> that every conversation begins with: other engines add none of their own to what a template gives.</summary>
    public const string Jinja = """
        {{- bos_token -}}
        {%- set ns = namespace(last_user=-1) -%}
        {%- for message in messages -%}
            {%- if message.role == 'user' -%}{%- set ns.last_user = loop.index0 -%}{%- endif -%}
        {%- endfor -%}
        {%- if tools -%}
            {{- '<|im_start|>system\n' -}}
            {%- if messages[0].role in ['system', 'developer'] -%}{{- messages[0].content + '\n\n' -}}{%- endif -%}
            {{- '# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>' -}}
            {%- for tool in tools -%}{{- '\n' + (tool | tojson) -}}{%- endfor -%}
            {{- '\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n' -}}
        {%- endif -%}
        {%- for message in messages -%}
            {%- if message.role == 'assistant' -%}
                {%- set content = (message.content or '').lstrip('\n') -%}
                {{- '<|im_start|>assistant\n' -}}
                {%- if message.reasoning_content is defined and message.reasoning_content is not none and loop.index0 > ns.last_user -%}
                    {{- '<think>\n' + message.reasoning_content.strip('\n') + '\n</think>\n\n' -}}
                {%- endif -%}
                {{- content -}}
                {%- for call in message.tool_calls or [] -%}
                    {%- if content or not loop.first -%}{{- '\n' -}}{%- endif -%}
                    {%- set function = call.function or call -%}
                    {{- '<tool_call>\n{"name": "' + function.name + '", "arguments": ' -}}
                    {{- function.arguments if function.arguments is string else function.arguments | tojson -}}
                    {{- '}\n</tool_call>' -}}
                {%- endfor -%}
                {{- '<|im_end|>\n' -}}
            {%- elif message.role == 'tool' -%}
                {%- if loop.first or loop.previtem.role != 'tool' -%}{{- '<|im_start|>user' -}}{%- endif -%}
                {{- '\n<tool_response>\n' + message.content + '\n</tool_response>' -}}
                {%- if loop.last or loop.nextitem.role != 'tool' -%}{{- '<|im_end|>\n' -}}{%- endif -%}
            {%- elif message.role in ['system', 'developer'] -%}
                {%- if not (tools and loop.first) -%}{{- '<|im_start|>system\n' + message.content + '<|im_end|>\n' -}}{%- endif -%}
            {%- else -%}
                {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' -}}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\n' -}}
            {%- if enable_thinking is defined and enable_thinking is false -%}
                {{- '<think>\n\n</think>\n\n' -}}
            {%- endif -%}
        {%- endif -%}
        """;

    /// <summary>Writes tokenizer_config.json beside a tokenizer.json.</summary>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="contextLength">Longest sequence, in tokens, that the model takes.</param>
    /// <param name="chat">Whether the model is tuned for chat: then a message's closing mark ends generation and the template is written.</param>
    public static void SaveConfig(BpeTokenizer tokenizer, string folder, int contextLength, bool chat)
    {
        string file = Path.Combine(folder, "tokenizer_config.json");
        using (var stream = File.Create(file + ".part"))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("add_bos_token", true);   // every document of the shards begins with it
            json.WriteBoolean("add_prefix_space", false);
            json.WriteStartObject("added_tokens_decoder");
            foreach (var token in tokenizer.AddedTokens)
            {
                json.WriteStartObject(token.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
                json.WriteString("content", token.Content);
                foreach (string off in (string[])["lstrip", "rstrip", "single_word"]) json.WriteBoolean(off, false);
                json.WriteBoolean("normalized", token.Normalized);
                json.WriteBoolean("special", token.Special);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteString("bos_token", MarkNames.EndOfText);
            if (chat) json.WriteString("chat_template", Jinja);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            json.WriteString("eos_token", chat ? MarkNames.MessageEnd : MarkNames.EndOfText);
            json.WriteString("errors", "replace");
            json.WriteNumber("model_max_length", contextLength);
            json.WriteString("pad_token", MarkNames.EndOfText);
            json.WriteBoolean("split_special_tokens", false);
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            json.WriteNull("unk_token");
            json.WriteEndObject();
        }
        File.Move(file + ".part", file, overwrite: true);
    }
}
