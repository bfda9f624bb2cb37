// Says on an answer who gave it and why, whom was asked before, what left the house and what of it was masked, and what it cost: as a header
// before the answer, and with the cost as usage.maison in it.

using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>The receipt of one answer.</summary>
sealed class Receipt(Candidate candidate, IReadOnlyList<Tried> tried)
{
    public const string Header = "x-maison-receipt";

    /// <summary>What stood in for personal data; null when masking was off or nothing left.</summary>
    public Mask? Mask { get; init; }

    /// <summary>What left; null when nothing did.</summary>
    public Leaving? Left { get; init; }

    /// <summary>Sets the header; the last candidate asked is the one that stays.</summary>
    public void WriteTo(HttpContext context)
    {
        var parts = new List<string> { $"model={candidate.Target.Name}", $"why={candidate.Why}" };
        if (tried.Count > 0) parts.Add($"tried={string.Join(", ", tried.Select(t => $"{t.Model} ({t.Problem})"))}");
        parts.Add(Left is { } left ? string.Create(CultureInfo.InvariantCulture, $"left={left.Messages} messages, {left.Characters} characters, {left.Images} images{(left.Sounds > 0 ? $", {left.Sounds} recordings" : "")}") : "left=nothing");
        if (Left is not null) parts.Add(Mask is null ? "masked=off" : Mask.Counts.Count == 0 ? "masked=nothing found" : $"masked={string.Join(", ", Mask.Counts.Select(c => $"{c.Value} {c.Key}"))}");
        context.Response.Headers[Header] = string.Concat(string.Join("; ", parts).Select(c => c is >= ' ' and <= '~' ? c : '?'));
    }

    /// <summary>usage.maison.</summary>
    public JsonObject Body(long costMicros, bool estimated)
    {
        var body = new JsonObject
        {
            ["model"] = candidate.Target.Name,
            ["provider"] = candidate.Target.Provider?.Name ?? "maison",
            ["why"] = candidate.Why,
            ["cost_micros"] = costMicros,
        };
        if (estimated) body["estimated"] = true;
        if (tried.Count > 0) body["tried"] = new JsonArray([.. tried.Select(t => (JsonNode)new JsonObject { ["model"] = t.Model, ["problem"] = t.Problem })]);
        body["left_house"] = Left is { } left ? new JsonObject { ["messages"] = left.Messages, ["characters"] = left.Characters, ["images"] = left.Images } : null;
        if (Left is { Sounds: > 0 and var sounds }) body["left_house"]!["recordings"] = sounds;
        if (Left is not null) body["masked"] = Mask is null ? null : new JsonObject(Mask.Counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));
        return body;
    }
}
