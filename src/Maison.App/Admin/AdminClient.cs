// Administration and sessions, in the name of one key.

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Wire;

namespace Maison.App;

public sealed partial class ApiClient
{
    const string House = "v1/organization";

    /// <summary>A session for a name and a password; needs no key.</summary>
    public Task<SessionBody> NewSession(string name, string password, CancellationToken stop)
        => Post("v1/sessions", new() { Name = name, Password = password }, WireJson.Default.SessionRequest, WireJson.Default.SessionBody, stop);

    /// <summary>Where people sign in instead; null where no provider is named, or none answers.</summary>
    public async Task<SessionProviderBody?> SessionProvider(CancellationToken stop)
    {
        try
        {
            return await Get("v1/sessions/provider", WireJson.Default.SessionProviderBody, stop);
        }
        catch (ApiProblem problem) when (problem.Status is 404 or 503)
        {
            return null;
        }
    }

    /// <summary>A session for what the provider gave.</summary>
    public Task<SessionBody> NewSession(SessionRequest redeemed, CancellationToken stop)
        => Post("v1/sessions", redeemed, WireJson.Default.SessionRequest, WireJson.Default.SessionBody, stop);

    /// <summary>Ends the session whose key this is; keys that are none stay.</summary>
    public async Task EndSession(CancellationToken stop)
    {
        try
        {
            using var answer = await Send(new(HttpMethod.Delete, "v1/sessions"), stop);
        }
        catch (ApiProblem problem) when (problem.Status is 400 or 401)
        {
            // An administrator's key, or one that has ended.
        }
    }

    /// <summary>Whether this key administers the house.</summary>
    public async Task<bool> Administers(CancellationToken stop)
    {
        try
        {
            await Projects(stop);
            return true;
        }
        catch (ApiProblem problem) when (problem.Status == 403)
        {
            return false;
        }
    }

    public async Task<IReadOnlyList<ProjectBody>> Projects(CancellationToken stop) => (await Get($"{House}/projects", WireJson.Default.ProjectList, stop)).Data;

    public Task<ProjectBody> SetProject(string? id, ProjectRequest project, CancellationToken stop)
        => Post($"{House}/projects{(id is null ? "" : "/" + Uri.EscapeDataString(id))}", project, WireJson.Default.ProjectRequest, WireJson.Default.ProjectBody, stop);

    public async Task<IReadOnlyList<ApiKeyBody>> Keys(string project, CancellationToken stop) => (await Get(KeysPath(project), WireJson.Default.ApiKeyList, stop)).Data;

    public Task<ApiKeyBody> NewKey(string project, ApiKeyRequest key, CancellationToken stop) => Post(KeysPath(project), key, WireJson.Default.ApiKeyRequest, WireJson.Default.ApiKeyBody, stop);

    public Task<ApiKeyBody> RotateKey(string project, string id, CancellationToken stop)
        => Post($"{KeysPath(project)}/{Uri.EscapeDataString(id)}/rotate", new(), WireJson.Default.RotateRequest, WireJson.Default.ApiKeyBody, stop);

    public Task RemoveKey(string project, string id, CancellationToken stop) => Delete($"{KeysPath(project)}/{Uri.EscapeDataString(id)}", stop);

    public async Task<IReadOnlyList<UserBody>> Users(CancellationToken stop) => (await Get($"{House}/users", WireJson.Default.UserList, stop)).Data;

    /// <param name="id">Null adds one.</param>
    public Task<UserBody> SetUser(string? id, UserRequest user, CancellationToken stop)
        => Post($"{House}/users{(id is null ? "" : "/" + Uri.EscapeDataString(id))}", user, WireJson.Default.UserRequest, WireJson.Default.UserBody, stop);

    public Task RemoveUser(string id, CancellationToken stop) => Delete($"{House}/users/{Uri.EscapeDataString(id)}", stop);

    /// <summary>Usage by day since a time.</summary>
    /// <param name="kind">Such as usage/completions, or costs.</param>
    public async Task<IReadOnlyList<UsageBucket>> Usage(string kind, DateTimeOffset since, CancellationToken stop)
        => (await Get($"{House}/{kind}?start_time={since.ToUnixTimeSeconds()}", WireJson.Default.UsagePage, stop)).Data;

    public Task<AuditPage> Audit(string? after, int limit, CancellationToken stop) => Get($"{House}/audit_logs?limit={limit}{Query(("after", after))}", WireJson.Default.AuditPage, stop);

    public async Task<IReadOnlyList<TrainingRunBody>> TrainingRuns(CancellationToken stop) => (await Get("v1/training/runs", WireJson.Default.TrainingRunList, stop)).Data;

    /// <summary>A run with its curve; null where it has gone meanwhile.</summary>
    public async Task<TrainingRunBody?> TrainingRun(string id, CancellationToken stop)
    {
        try
        {
            return await Get($"v1/training/runs/{string.Join('/', id.Split('/').Select(Uri.EscapeDataString))}", WireJson.Default.TrainingRunBody, stop);
        }
        catch (ApiProblem problem) when (problem.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Third parties as the gateway describes them.</summary>
    public async Task<JsonArray> Providers(CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Get, $"{House}/providers"), stop);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop))!["data"]!.AsArray();
    }

    public async Task SetProvider(JsonObject provider, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Post, $"{House}/providers") { Content = new StringContent(provider.ToJsonString(JsonSerializerOptions.Default), Encoding.UTF8, "application/json") }, stop);
    }

    public Task RemoveProvider(string name, CancellationToken stop) => Delete($"{House}/providers/{Uri.EscapeDataString(name)}", stop);

    static string KeysPath(string project) => $"{House}/projects/{Uri.EscapeDataString(project)}/api_keys";
}
