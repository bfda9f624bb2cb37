// A route's own words for a chat. Three routes chat, two wires are spoken to third parties: instead of a translator for each pair, every route
// says its request as a chat completion and writes its answer from one, and every wire speaks chat completions (IUpstream).

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>One request of a route that chats.</summary>
interface IChatShape
{
    /// <summary>The field that holds the conversation.</summary>
    string LongField { get; }

    /// <summary>The request as a chat completion for this target.</summary>
    /// <exception cref="Errors.ApiException">400 naming the field that is wrong, or that can not be said there.</exception>
    JsonObject Chat(Target target);

    /// <summary>The request as it came, for a model of the house.</summary>
    JsonObject Own(string model);

    /// <summary>Writes an answer that came whole.</summary>
    /// <param name="answer">A chat.completion with its receipt in usage.maison.</param>
    Task Whole(HttpContext context, JsonObject answer);

    /// <summary>Begins an answer that streams.</summary>
    Task Begin(HttpContext context, string model);

    /// <summary>Writes what a chunk adds.</summary>
    /// <param name="chunk">A chat.completion.chunk with choices and without usage.</param>
    Task Add(HttpContext context, JsonObject chunk);

    /// <summary>Ends a stream.</summary>
    /// <param name="usage">With the receipt in it.</param>
    Task End(HttpContext context, JsonObject usage);
}

static class SentBody
{
    /// <summary>A request as it came, for a model of the house: by the model's own name, without what the gateway was told.</summary>
    public static JsonObject As(this JsonObject sent, string model)
    {
        var own = (JsonObject)sent.DeepClone();
        own["model"] = model;
        own.Remove("maison");
        return own;
    }
}
