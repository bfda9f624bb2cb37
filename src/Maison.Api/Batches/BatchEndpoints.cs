// /v1/batches: start, look at, list, cancel. The work itself is BatchRunner's.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Files;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Batches;

/// <summary>The routes of batches.</summary>
/// <param name="serves">Whether this server answers POST on a route.</param>
sealed class BatchEndpoints(BatchStore batches, FileStore files, Func<string, bool> serves, Action wake, TimeProvider clock)
{
    const int MostListed = 100, ListedByDefault = 20, MostMetadata = 16;
    static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>What OpenAI's schema allows; of these the ones that are served.</summary>
    static readonly string[] Endpoints =
        ["/v1/responses", Routes.ChatCompletions, "/v1/embeddings", Routes.Completions, Routes.Moderations, "/v1/images/generations", "/v1/images/edits"];

    public static void Map(IEndpointRouteBuilder routes, BatchStore batches, FileStore files, Func<string, bool> serves, Action wake, TimeProvider clock)
    {
        var here = new BatchEndpoints(batches, files, serves, wake, clock);
        routes.MapPost(Routes.Batches, here.Create);
        routes.MapGet(Routes.Batches, here.List);
        routes.MapGet(Routes.Batches + "/{id}", context => Write(context, here.Find(context)));
        routes.MapPost(Routes.Batches + "/{id}/cancel", here.Cancel);
    }

    async Task Create(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.BatchRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        var key = context.Features.Get<ApiKey>()!;
        var inputId = asked.InputFileId ?? throw ApiException.Invalid("input_file_id", "'input_file_id' is missing.", "missing_parameter");
        var input = files.Find(key.ProjectId, inputId) ?? throw ApiException.Invalid("input_file_id", $"There is no file '{inputId}' in the project of this key.");
        if (input.Purpose != "batch") throw ApiException.Invalid("input_file_id", $"The file '{inputId}' was uploaded for {input.Purpose}; upload it with the purpose batch.");
        var served = Endpoints.Where(serves).ToList();
        if (asked.Endpoint is null || !served.Contains(asked.Endpoint))
            throw ApiException.Invalid("endpoint", $"'endpoint' is '{asked.Endpoint}', but must be one of {string.Join(", ", served)}.");
        if (!key.Scope.OpensRoute(asked.Endpoint)) throw ApiException.Forbidden($"This key does not open {asked.Endpoint}.", "endpoint");
        if (asked.CompletionWindow != "24h") throw ApiException.Invalid("completion_window", "'completion_window' must be 24h.");
        if (asked.Metadata is { } metadata && (metadata.Count > MostMetadata || metadata.Any(m => m.Key.Length > 64 || m.Value is null || m.Value.Length > 512)))
            throw ApiException.Invalid("metadata", $"'metadata' takes at most {MostMetadata} pairs, names of 64 and values of 512 characters.");
        if (asked.OutputExpiresAfter is { } expires && (expires.Anchor != "created_at" || expires.Seconds is not (>= 3600 and <= 2_592_000)))
            throw ApiException.Invalid("output_expires_after", "'output_expires_after' must have the anchor created_at and 3600 to 2592000 seconds.");
        var now = clock.GetUtcNow();
        var batch = new Batch
        {
            Id = Ids.New("batch"),
            ProjectId = key.ProjectId,
            KeyId = key.Id,
            Endpoint = asked.Endpoint,
            InputFileId = input.Id,
            Status = "validating",
            Metadata = asked.Metadata is null ? null : JsonSerializer.Serialize(asked.Metadata, WireJson.Default.IReadOnlyDictionaryStringString),
            OutputLivesSeconds = asked.OutputExpiresAfter?.Seconds,
            Created = now,
            Expires = now + Window,
        };
        await batches.Add(batch);
        wake();
        await Write(context, batch);
    }

    Task List(HttpContext context)
    {
        var page = Page.Of(context.Request.Query, batches.List(context.Features.Get<ApiKey>()!.ProjectId), b => b.Id, ListedByDefault, MostListed);
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new BatchList([.. page.Items.Select(Body)]) { FirstId = page.Items.FirstOrDefault()?.Id, LastId = page.Items.LastOrDefault()?.Id, HasMore = page.HasMore }, WireJson.Default.BatchList);
    }

    async Task Cancel(HttpContext context)
    {
        var batch = Find(context);
        if (!await batches.Cancel(batch.Id) && batch.Status != "cancelling")
            throw ApiException.Request(StatusCodes.Status409Conflict, $"The batch is {batches.Find(batch.Id)!.Status} and can not be cancelled any more.", null, "batch_not_cancellable");
        wake();
        await Write(context, batches.Find(batch.Id)!);
    }

    Batch Find(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        return batches.Find(id) is { } batch && batch.ProjectId == context.Features.Get<ApiKey>()!.ProjectId ? batch
            : throw ApiException.NotFound($"There is no batch '{id}' in the project of this key.");
    }

    static Task Write(HttpContext context, Batch batch) => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(batch), WireJson.Default.BatchBody);

    static BatchBody Body(Batch batch)
    {
        long? EndedAs(string status) => batch.Status == status ? batch.Ended?.ToUnixTimeSeconds() : null;
        return new()
        {
            Id = batch.Id,
            Endpoint = batch.Endpoint,
            Model = batch.Model,
            Errors = batch.Problems is null ? null : JsonSerializer.Deserialize(batch.Problems, WireJson.Default.BatchProblems),
            InputFileId = batch.InputFileId,
            Status = batch.Status,
            OutputFileId = batch.OutputFileId,
            ErrorFileId = batch.ErrorFileId,
            CreatedAt = batch.Created.ToUnixTimeSeconds(),
            InProgressAt = batch.Started?.ToUnixTimeSeconds(),
            ExpiresAt = batch.Expires.ToUnixTimeSeconds(),
            FinalizingAt = batch.Finalizing?.ToUnixTimeSeconds(),
            CompletedAt = EndedAs("completed"),
            FailedAt = EndedAs("failed"),
            ExpiredAt = EndedAs("expired"),
            CancellingAt = batch.Cancelling?.ToUnixTimeSeconds(),
            CancelledAt = EndedAs("cancelled"),
            RequestCounts = new(batch.Total, batch.Completed, batch.Failed),
            Usage = new(batch.InputTokens, new(batch.CachedTokens), batch.OutputTokens, new(batch.ReasoningTokens), batch.InputTokens + batch.OutputTokens),
            Metadata = batch.Metadata is null ? null : JsonSerializer.Deserialize(batch.Metadata, WireJson.Default.IReadOnlyDictionaryStringString),
        };
    }
}
