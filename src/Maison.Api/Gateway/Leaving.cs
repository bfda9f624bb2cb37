// How much leaves the house and comes back, counted without the other side's tokenizer: what a request takes at most, what an answer reports,
// and a guess where it reports nothing.

using System.Text;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;

namespace Maison.Api.Gateway;

/// <summary>What of a request leaves the house.</summary>
readonly record struct Leaving(int Messages, long Characters, int Images)
{
    /// <summary>Recordings, whose words are not known before they are written down.</summary>
    public int Sounds { get; init; }

    /// <summary>Marks around each message and tool.</summary>
    const int PerItem = 16;

    /// <summary>Characters of a token, of ordinary text in most tokenizers.</summary>
    const int PerToken = 4;

    public static Leaving Of(JsonObject request)
    {
        var (characters, images) = Count(request["messages"]);
        return new((request["messages"] as JsonArray)?.Count ?? 0, characters + Count(request["tools"]).Bytes, images);
    }

    /// <summary>An upper bound: no tokenizer in use makes more tokens than there are bytes.</summary>
    public static long TokensAtMost(JsonObject request, ProviderModelConfig model)
    {
        var (bytes, images) = (0L, 0);
        foreach (var name in (string[])["messages", "tools", "functions", "response_format"])
        {
            var (b, i) = Count(request[name]);
            (bytes, images) = (bytes + b, images + i);
        }
        var items = ((request["messages"] as JsonArray)?.Count ?? 0) + ((request["tools"] as JsonArray)?.Count ?? 0) + 1;
        return Math.Min(bytes + items * PerItem + (long)images * model.ImageTokens, model.Context);
    }

    static (long Bytes, int Images) Count(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                // The bytes of a picture are not its tokens.
                if (fields["type"].Text() is "image_url") return (0, 1);
                var sum = (Bytes: 0L, Images: 0);
                foreach (var (name, value) in fields)
                {
                    var (b, i) = Count(value);
                    sum = (sum.Bytes + b + name.Length, sum.Images + i);
                }
                return sum;
            case JsonArray items:
                return items.Select(Count).Aggregate((Bytes: 0L, Images: 0), (a, b) => (a.Bytes + b.Bytes, a.Images + b.Images));
            case JsonValue value:
                return (value.TryGetValue<string>(out var s) ? Encoding.UTF8.GetByteCount(s) : value.ToJsonString().Length, 0);
            default:
                return (0, 0);
        }
    }

    /// <summary>What an answer's usage reports; null when it reports nothing.</summary>
    public static Amounts? AmountsOf(JsonNode? usage)
    {
        if (usage is not JsonObject) return null;
        static long Number(JsonNode? node) => node.Whole() ?? 0;
        var (input, output) = (Number(usage["prompt_tokens"]), Number(usage["completion_tokens"]));
        if (input == 0 && output == 0) return null;
        var cached = usage["prompt_tokens_details"] is JsonObject details ? Number(details["cached_tokens"]) : Number(usage["prompt_cache_hit_tokens"]);
        return new(input, Math.Min(cached, input), output);
    }

    public static Amounts Guess(JsonObject request, JsonNode? choices) => Guess(request, TextLength(choices as JsonArray ?? []));

    public static Amounts Guess(JsonObject request, long characters)
        => new(Of(request).Characters / PerToken + 1, 0, (characters + PerToken - 1) / PerToken);

    /// <summary>Text in choices, whole or in deltas.</summary>
    public static long TextLength(JsonArray choices) => choices.OfType<JsonObject>().Select(c => c["message"] ?? c["delta"]).OfType<JsonObject>()
        .Sum(m => Length(m["content"]) + Math.Max(Length(m["reasoning"]), Length(m["reasoning_content"])) + (m["tool_calls"] as JsonArray ?? []).Sum(t => Length(t.Part("function").Part("arguments"))));

    static long Length(JsonNode? node) => node.Text()?.Length ?? 0;

    public static JsonObject UsageOf(Amounts took) => new()
    {
        ["prompt_tokens"] = took.InputTokens,
        ["completion_tokens"] = took.OutputTokens,
        ["total_tokens"] = took.InputTokens + took.OutputTokens,
    };
}
