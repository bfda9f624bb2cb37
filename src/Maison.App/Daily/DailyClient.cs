// The briefings' routes, in the name of one key.

using System.Net.Http.Headers;
using Maison.Wire;

namespace Maison.App;

public sealed partial class ApiClient
{
    const string BriefingsPath = "v1/briefings", ShowsPath = "v1/briefings/shows";

    public Task<BriefingList> Briefings(int limit, CancellationToken stop) => Get($"{BriefingsPath}?limit={limit}", WireJson.Default.BriefingList, stop);

    public Task<BriefingBody> Briefing(string id, CancellationToken stop) => Get(BriefingPath(id), WireJson.Default.BriefingBody, stop);

    public Task<BriefingBody> MakeBriefing(BriefingRequest request, CancellationToken stop)
        => Post(BriefingsPath, request, WireJson.Default.BriefingRequest, WireJson.Default.BriefingBody, stop);

    public Task<BriefingBody> SayOfBriefing(string id, BriefingFeedback feedback, CancellationToken stop)
        => Post($"{BriefingPath(id)}/feedback", feedback, WireJson.Default.BriefingFeedback, WireJson.Default.BriefingBody, stop);

    public async Task RemoveBriefing(string id, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Delete, BriefingPath(id)), stop);
    }

    /// <summary>A file of a briefing, or the part of it that a player asks for.</summary>
    public Task<HttpResponseMessage> BriefingFile(string id, string file, string? range, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{BriefingPath(id)}/{file}");
        if (RangeHeaderValue.TryParse(range, out var part)) request.Headers.Range = part;
        return Send(request, stop);
    }

    public async Task<IReadOnlyList<ShowBody>> Shows(CancellationToken stop) => (await Get(ShowsPath, WireJson.Default.ShowList, stop)).Data;

    public Task<ShowBody> NewShow(BriefingRequest request, CancellationToken stop) => Post(ShowsPath, request, WireJson.Default.BriefingRequest, WireJson.Default.ShowBody, stop);

    public Task<BriefingBody> MakeEpisode(string show, CancellationToken stop)
        => Post($"{ShowsPath}/{Uri.EscapeDataString(show)}/briefings", new(), WireJson.Default.BriefingRequest, WireJson.Default.BriefingBody, stop);

    public async Task RemoveShow(string show, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Delete, $"{ShowsPath}/{Uri.EscapeDataString(show)}"), stop);
    }

    static string BriefingPath(string id) => $"{BriefingsPath}/{Uri.EscapeDataString(id)}";
}
