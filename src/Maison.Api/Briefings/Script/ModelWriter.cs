// A chat model writes the story instead: it gets the numbered sentences of one story and answers with sentences, each with the number that it is
// taken from, in a form that the decoder can not leave. What it writes is checked like anything else; where it can not be asked, the
// sources' own sentences are taken, and that is noted.

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Api.Keys;
using Maison.Wire;

namespace Maison.Api.Briefings.Script;

/// <summary>Asks one model in the name of one key.</summary>
sealed class ModelWriter(InnerCalls calls, string model, Func<ApiKey?> key, List<string> notes) : IStoryWriter
{
    const int MostPassages = 24, TokensPerSecond = 6;

    readonly ExtractiveWriter other = new();
    readonly HashSet<string> own = [];

    /// <summary>Sentences that the model wrote, whether or not they stand.</summary>
    public IReadOnlySet<string> Written => own;

    public async Task<IReadOnlyList<ScriptLine>> Write(StoryTask task, CancellationToken stop)
    {
        var known = await other.Write(task, stop);
        var passages = task.Telling.Story.Sources.SelectMany(s => s.Passages.Select((text, i) => (Source: s, Number: i, Text: text))).Where(p => p.Number > 0 || p.Source == task.Telling.Story.Lead).Take(MostPassages).ToList();
        var answer = await calls.Post(Routes.ChatCompletions, Request(task, [.. passages.Select(p => p.Text)]), key, stop);
        if (answer.Status != 200)
        {
            Note($"{model} could not be asked ({answer.Status}: {Message(answer.Text)}); the sources' own sentences were taken.");
            return known;
        }
        var written = Read(answer.Text);
        if (written.Count == 0)
        {
            Note($"{model} wrote nothing that could be read; the sources' own sentences were taken.");
            return known;
        }
        // The house opens the story as always; the model goes on.
        var lines = new List<ScriptLine> { known[0] };
        var (host, turn) = (known[0].Host, 0);
        foreach (var sentence in written)
        {
            if (task.Hosts == 2 && turn++ % 2 == 0) host = 1 - host;
            var of = sentence.Passage >= 1 && sentence.Passage <= passages.Count ? passages[sentence.Passage - 1] : default;
            own.Add(sentence.Text.Trim());
            lines.Add(new(host, task.Chapter, "", sentence.Text.Trim(), of.Source is null ? [] : [new(of.Source.Id, of.Number)]));
        }
        return lines;
    }

    void Note(string note)
    {
        if (!notes.Contains(note)) notes.Add(note);
    }

    byte[] Request(StoryTask task, IReadOnlyList<string> passages)
    {
        var prompt = new StringBuilder("Sentences of news articles about one story:\n");
        for (var i = 0; i < passages.Count; i++) prompt.Append(CultureInfo.InvariantCulture, $"{i + 1}. {passages[i]}\n");
        prompt.Append(CultureInfo.InvariantCulture, $"\nTell this story to a listener in about {Math.Max(20, (int)(task.Time * 2.4))} words, in short plain sentences. Use only what the sentences say; keep numbers, names and dates as they are. With each sentence give the number of the one sentence that it is taken from.");
        return JsonSerializer.SerializeToUtf8Bytes(new ChatRequest
        {
            Model = model,
            Messages = [new() { Role = "user", Content = prompt.ToString() }],
            MaxCompletionTokens = (int)(task.Time * TokensPerSecond) + 200,
            Temperature = 0.2f,
            Seed = 1,
            ResponseFormat = new() { Type = "json_schema", JsonSchema = new() { Name = "story", Strict = true, Schema = Schema(passages.Count) } },
        }, WireJson.Default.ChatRequest);
    }

    static JsonElement Schema(int passages) => JsonDocument.Parse(
        """{"type":"object","properties":{"sentences":{"type":"array","minItems":1,"maxItems":30,"items":{"type":"object","properties":{"passage":{"type":"integer","minimum":1,"maximum":LAST},"text":{"type":"string","minLength":10,"maxLength":300}},"required":["passage","text"],"additionalProperties":false}}},"required":["sentences"],"additionalProperties":false}"""
            .Replace("LAST", passages.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)).RootElement;

    /// <summary>The sentences of an answer, also of third parties, which send other fields than the house, and some a fence around their JSON.</summary>
    static IReadOnlyList<WrittenSentence> Read(string body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            var content = answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
            int from = content.IndexOf('{'), to = content.LastIndexOf('}');
            return to < from ? [] : [.. (JsonSerializer.Deserialize(content.AsSpan(from, to + 1 - from), WrittenJson.Default.WrittenStory)?.Sentences ?? []).Where(s => !string.IsNullOrWhiteSpace(s.Text))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return [];
        }
    }

    static string Message(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WireJson.Default.ErrorBody)?.Error.Message ?? "no reason given";
        }
        catch (JsonException)
        {
            return "no reason given";
        }
    }
}

/// <summary>The form that a model answers in.</summary>
sealed record WrittenStory(IReadOnlyList<WrittenSentence> Sentences);

sealed record WrittenSentence(int Passage, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WrittenStory))]
sealed partial class WrittenJson : JsonSerializerContext;
