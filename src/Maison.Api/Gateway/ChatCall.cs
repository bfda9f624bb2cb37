// A chat request as the gateway needs to know it: how it wants its answer, how long that may get. Everything else in it
// passes on as it came.

using System.Text.Json.Nodes;
using Maison.Api.Errors;

namespace Maison.Api.Gateway;

/// <summary>One request on its way through the gateway.</summary>
sealed record ChatCall(JsonObject Request)
{
    const int MostAnswers = 128;

    public required bool Stream { get; init; }
    public required int Answers { get; init; }

    /// <summary>Tokens of one answer at most; null where the request sets no limit.</summary>
    public required long? MostOutput { get; init; }

    /// <summary>Names of people that the caller wants masked besides what is found: maison.mask_names.</summary>
    public required IReadOnlyList<string> NamesToMask { get; init; }

    /// <exception cref="ApiException">400 naming the field that is wrong.</exception>
    public static ChatCall Of(JsonObject request)
    {
        if (request["messages"] is not JsonArray { Count: > 0 }) throw ApiException.Invalid("messages", "'messages' must be an array with at least one message.", "invalid_type");
        var own = request["maison"] as JsonObject;
        if (own is null && request["maison"] is not null || own?.FirstOrDefault(p => p.Key != "mask_names").Key is { } unknown && unknown.Length > 0)
            throw ApiException.Invalid("maison", "'maison' takes one field, mask_names: a list of names.");
        var stream = Flag(request, "stream");
        var options = request["stream_options"] as JsonObject;
        if (options is not null) Flag(options, "include_usage");
        if (options is not null && !stream) throw ApiException.Invalid("stream_options", "'stream_options' is only allowed together with 'stream': true.");
        return new(request)
        {
            Stream = stream,
            Answers = (int)(Whole(request, "n", MostAnswers) ?? 1),
            MostOutput = Whole(request, "max_completion_tokens", int.MaxValue) ?? Whole(request, "max_tokens", int.MaxValue),
            NamesToMask = own?["mask_names"] is JsonArray names ? [.. names.Select(n => n is JsonValue v && v.TryGetValue<string>(out var s) && s.Length > 1 ? s : throw ApiException.Invalid("maison.mask_names", "'maison.mask_names' must be a list of names, each of two characters or more."))] : [],
        };
    }

    static bool Flag(JsonObject of, string name) => of[name] switch
    {
        null => false,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw ApiException.Invalid(name, $"'{name}' must be true or false.", "invalid_type"),
    };

    static long? Whole(JsonObject of, string name, long most) => of[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<long>(out var n) && n >= 1 && n <= most => n,
        _ => throw ApiException.Invalid(name, $"'{name}' must be a whole number from 1 to {most}."),
    };

    /// <summary>The request under another model's name, without what is only ours. It is this call's own and may be changed.</summary>
    public JsonObject For(string model)
    {
        Request["model"] = model;
        Request.Remove("maison");
        return Request;
    }

    /// <summary>Asks for no more than is paid for, under the name of the limit that the request or the provider uses.</summary>
    public void Limit(JsonObject outgoing, Target target, long affordable)
    {
        if (affordable < 1) affordable = 1;
        if (MostOutput is { } asked && asked <= affordable) return;
        var name = outgoing.ContainsKey("max_completion_tokens") || (!outgoing.ContainsKey("max_tokens") && target.Provider!.Kind == "openai") ? "max_completion_tokens" : "max_tokens";
        outgoing[name] = affordable;
        if (name == "max_completion_tokens") outgoing.Remove("max_tokens");
    }
}
