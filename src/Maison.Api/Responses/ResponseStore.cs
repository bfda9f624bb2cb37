// The responses that can be asked for again or continued, in memory: gone with the process, and the oldest first where there are too many.
// The one place to change for a store on disk.

using Maison.Api.Errors;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Responses;

/// <summary>A finished response and the conversation that it ends.</summary>
/// <param name="Project">Whose it is: other projects do not find it.</param>
/// <param name="Items">All that was said, its output included.</param>
sealed record StoredResponse(string Project, ResponseObject Response, IReadOnlyList<InputItem> Items);

/// <summary>Responses by id; safe from any thread.</summary>
sealed class ResponseStore
{
    const int Most = 1000;

    readonly Lock gate = new();
    readonly Dictionary<string, StoredResponse> responses = [];
    readonly Queue<string> order = new();

    /// <summary>Keeps a finished response with what came before it.</summary>
    public void Add(string project, ResponseObject finished, IReadOnlyList<InputItem?> before)
    {
        var response = new StoredResponse(project, finished, [.. before!, .. finished.Output.Select(ResponseItems.Again)]);
        lock (gate)
        {
            responses[response.Response.Id] = response;
            order.Enqueue(response.Response.Id);
            while (order.Count > Most) responses.Remove(order.Dequeue());
        }
    }

    /// <exception cref="ApiException">404: there is none of that id.</exception>
    public StoredResponse Find(string project, string id, string param)
    {
        lock (gate)
            return responses.GetValueOrDefault(id) is { } found && found.Project == project ? found
                : throw ApiException.Request(StatusCodes.Status404NotFound, $"There is no response '{id}' in the project of this key. The last {Most} are kept until the server stops, unless 'store' was false.", param, "response_not_found");
    }

    /// <exception cref="ApiException">404: there is none of that id.</exception>
    public void Remove(string project, string id)
    {
        lock (gate)
        {
            Find(project, id, "id");
            responses.Remove(id);
        }
    }
}
