// Where in a request text can stand that speaks of people, and where in an answer it comes back.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Maison.Api.Gateway;

/// <summary>Applies a mask to requests and answers.</summary>
static class Masking
{
    /// <summary>Values that are no text of people's: names of things, addresses and bytes of media, signed thoughts.</summary>
    static readonly HashSet<string> Left = ["model", "type", "role", "id", "tool_call_id", "url", "data", "file_data", "detail", "format", "reasoning_details", "tool_choice", "stop"];

    static readonly string[] Texts = ["content", "refusal", "reasoning", "reasoning_content"];

    /// <summary>Masks every text of a request.</summary>
    public static void Hide(JsonNode? node, Mask mask)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToList())
                    if (Left.Contains(name)) continue;
                    else if (value is JsonValue text && text.TryGetValue<string>(out var s))
                    {
                        var hidden = mask.Hide(s);
                        if (!ReferenceEquals(hidden, s)) fields[name] = hidden;
                    }
                    else Hide(value, mask);
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    if (items[i] is JsonValue text && text.TryGetValue<string>(out var s)) items[i] = mask.Hide(s);
                    else Hide(items[i], mask);
                break;
        }
    }

    /// <summary>Masks every text, whatever its name.</summary>
    public static void HideAll(JsonNode? node, Mask mask)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToList())
                    if (value.Text() is { } text) fields[name] = mask.Hide(text);
                    else HideAll(value, mask);
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    if (items[i].Text() is { } text) items[i] = mask.Hide(text);
                    else HideAll(items[i], mask);
                break;
        }
    }

    /// <summary>Unmasks a whole answer's choices.</summary>
    public static void Show(JsonNode? choices, Mask mask)
    {
        foreach (var message in (choices as JsonArray ?? []).Select(c => c.Part("message")).OfType<JsonObject>())
        {
            foreach (var name in Texts)
                if (message[name] is JsonValue value && value.TryGetValue<string>(out var s)) message[name] = mask.Show(s);
            foreach (var call in (message["tool_calls"] as JsonArray ?? []).Select(c => c.Part("function")).OfType<JsonObject>())
                if (call["arguments"] is JsonValue value && value.TryGetValue<string>(out var s)) call["arguments"] = mask.Stream(InJson).Push(s, last: true);
        }
    }

    /// <summary>Reasoning under both names that clients read, whichever of them came.</summary>
    public static void BothReasoningNames(JsonNode? choices, string part)
    {
        foreach (var message in (choices as JsonArray ?? []).Select(c => c.Part(part)).OfType<JsonObject>())
            if (message["reasoning"] is JsonValue one && message["reasoning_content"] is null) message["reasoning_content"] = one.DeepClone();
            else if (message["reasoning_content"] is JsonValue other && message["reasoning"] is null) message["reasoning"] = other.DeepClone();
    }

    static string InJson(string value) => JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    /// <summary>Unmasks a stream: each text of each choice grows by itself.</summary>
    public sealed class Showing(Mask? mask)
    {
        readonly Dictionary<(int Choice, string Text), Mask.Shower> growing = [];

        public void Apply(JsonArray choices)
        {
            if (mask is null) return;
            foreach (var choice in choices.OfType<JsonObject>())
            {
                var index = (int)(choice["index"].Whole() ?? 0);
                if (choice["delta"] is not JsonObject delta) choice["delta"] = delta = [];
                foreach (var name in Texts)
                    if (delta[name] is JsonValue value && value.TryGetValue<string>(out var s)) delta[name] = Of(index, name).Push(s);
                foreach (var call in (delta["tool_calls"] as JsonArray ?? []).OfType<JsonObject>())
                    if (call["function"] is JsonObject function && function["arguments"] is JsonValue value && value.TryGetValue<string>(out var s))
                        function["arguments"] = Of(index, $"call {call["index"].Whole() ?? 0}").Push(s);
                if (choice["finish_reason"] is not null) Flush(index, delta);
            }
        }

        Mask.Shower Of(int choice, string text)
        {
            if (!growing.TryGetValue((choice, text), out var shower))
                growing[(choice, text)] = shower = mask!.Stream(text.StartsWith("call ", StringComparison.Ordinal) ? InJson : null);
            return shower;
        }

        /// <summary>What still waits comes out with the reason that ends the choice.</summary>
        void Flush(int choice, JsonObject delta)
        {
            foreach (var ((of, text), shower) in growing)
            {
                if (of != choice || shower.Push("", last: true) is not { Length: > 0 } rest) continue;
                if (!text.StartsWith("call ", StringComparison.Ordinal))
                {
                    delta[text] = delta[text].Text() + rest;
                    continue;
                }
                if (delta["tool_calls"] is not JsonArray calls) delta["tool_calls"] = calls = [];
                calls.Add(new JsonObject { ["index"] = int.Parse(text.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture), ["function"] = new JsonObject { ["arguments"] = rest } });
            }
        }
    }
}
