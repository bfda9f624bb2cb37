using System.Text.Json;
using Maison.Data.Chat;
using Maison.Tests.Data.Tokenizers;

namespace Maison.Tests.Data.Chat;

/// <summary>The configuration written for other engines.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-chat-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(true, "<|im_end|>")]
    [InlineData(false, "<|endoftext|>")]
    public void The_config_names_the_mark_that_ends_generation(bool chat, string end)
    {
        ChatTemplate.SaveConfig(SampleText.Tokenizer, folder, 2048, chat);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")));
        var root = json.RootElement;
        Assert.Equal(end, root.GetProperty("eos_token").GetString());
        Assert.True(root.GetProperty("add_bos_token").GetBoolean());
        Assert.Equal("<|endoftext|>", root.GetProperty("bos_token").GetString());
        Assert.Equal(2048, root.GetProperty("model_max_length").GetInt32());
        Assert.Equal(chat, root.TryGetProperty("chat_template", out var template));
        if (chat)
        {
            Assert.Equal(ChatTemplate.Jinja, template.GetString());
            // The start mark that add_bos_token asks for; engines add none of their own to what a template gives.
            Assert.StartsWith("{{- bos_token -}}", ChatTemplate.Jinja);
        }
        foreach (var token in SampleText.Tokenizer.AddedTokens)
        {
            var written = root.GetProperty("added_tokens_decoder").GetProperty($"{token.Id}");
            Assert.Equal(token.Content, written.GetProperty("content").GetString());
            Assert.Equal(token.Special, written.GetProperty("special").GetBoolean());
        }
        Assert.Single(Directory.GetFiles(folder));
    }
}
