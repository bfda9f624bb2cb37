// Works through batches, a few requests at a time, by asking the very endpoints that clients ask: same checks, same budgets, same answers.
// A result is kept in one write with the count it belongs to; after a stop or a kill the requests without a result run, and no other.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Files;
using Maison.Api.Keys;
using Maison.Api.Store;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Maison.Api.Batches;

/// <summary>The background worker of one server.</summary>
sealed class BatchRunner(BatchStore batches, FileStore files, KeyStore keys, Ledger ledger, InnerCalls calls, TimeProvider clock, TextWriter log)
    : IHostedService, IAsyncDisposable
{
    const int AtOnce = 4, ResultsPerRead = 200;
    static readonly TimeSpan Look = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromMinutes(1);

    readonly CancellationTokenSource stop = new();
    readonly SemaphoreSlim woken = new(0);
    Task working = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation)
    {
        working = Task.Run(Loop, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Looks for work now instead of in a moment.</summary>
    public void Wake() => woken.Release();

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (!stop.IsCancellationRequested) await stop.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task Loop()
    {
        while (!stop.IsCancellationRequested)
        {
            Batch? batch = null;
            try
            {
                while ((batch = await batches.Claim(ledger.ServerId)) is not null) await Work(batch);
                await woken.WaitAsync(Look, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.WriteLine($"{batch?.Id ?? "batches"}: {e}");
                if (batch is not null) await batches.End(batch.Id, "failed");
            }
        }
    }

    async Task Work(Batch batch)
    {
        var input = files.Find(batch.ProjectId, batch.InputFileId);
        if (batch.Status == "validating")
        {
            IReadOnlyList<BatchProblem> problems = [new("file_not_found", $"The input file {batch.InputFileId} is gone.")];
            var (count, model) = (0L, (string?)null);
            if (input is not null)
            {
                using var stream = files.Open(input);
                (problems, count, model) = BatchInput.Check(stream, batch.Endpoint);
            }
            if (problems.Count > 0)
            {
                if (await batches.Fail(batch.Id, problems)) return;
            }
            else await batches.Start(batch.Id, count, model);
            batch = batches.Find(batch.Id)!;
        }
        var ends = batch.Status == "cancelling" ? "cancelled" : "completed";
        if (batch.Status == "in_progress")
        {
            if (input is null) throw new FileNotFoundException($"The input file {batch.InputFileId} was deleted while the batch ran.");
            ends = await RunAll(batch, input);
            if (ends == "completed" && !await batches.Finalize(batch.Id)) ends = "cancelled";
        }
        await WriteFiles(batches.Find(batch.Id)!, input, ends);
        await batches.End(batch.Id, ends);
    }

    /// <summary>Runs what has no result yet; "completed", "cancelled" or "expired".</summary>
    async Task<string> RunAll(Batch batch, StoredFile input)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var ends = "completed";
        var watching = Watch();
        var done = batches.Done(batch.Id);
        try
        {
            using var stream = files.Open(input);
            await Parallel.ForEachAsync(BatchInput.Lines(stream).Where(l => !done.Contains(l.Line)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ending.Token },
                async (line, cancellation) =>
                {
                    var (status, requestId, body) = await Answer(batch, line.Request, cancellation);
                    await batches.Record(batch.Id, new(line.Line, line.Request.CustomId!, status, requestId, body), status == StatusCodes.Status200OK ? Tokens(body) : default);
                });
            return "completed";
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return ends;
        }
        finally
        {
            await ending.CancelAsync();
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task Watch()
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), ending.Token);
                if (batches.Find(batch.Id)!.Status == "cancelling") ends = "cancelled";
                else if (clock.GetUtcNow() >= batch.Expires) ends = "expired";
                else continue;
                await ending.CancelAsync();
                return;
            }
        }
    }

    /// <summary>Asks the endpoint as the batch's key would; waits where a rate limit says so.</summary>
    async Task<(int Status, string RequestId, string Body)> Answer(Batch batch, BatchLine line, CancellationToken cancellation)
    {
        while (true)
        {
            var answer = await calls.Post(batch.Endpoint, Encoding.UTF8.GetBytes(line.Body!.Value.GetRawText()), () => keys.Valid(batch.KeyId), cancellation);
            cancellation.ThrowIfCancellationRequested();
            stop.Token.ThrowIfCancellationRequested();
            var (status, text) = (answer.Status, answer.Text);
            var again = status == StatusCodes.Status429TooManyRequests && text.Contains("\"rate_limit_exceeded\"", StringComparison.Ordinal)
                || status == StatusCodes.Status503ServiceUnavailable;
            if (!again) return (status, answer.RequestId, text);
            var wait = double.TryParse(answer.Headers["retry-after-ms"].ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var ms) ? TimeSpan.FromMilliseconds(ms) : Look;
            await Task.Delay(wait < LongestWait ? wait : LongestWait, cancellation);
        }
    }

    async Task WriteFiles(Batch batch, StoredFile? input, string ends)
    {
        var lives = batch.OutputLivesSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        if (batch.Completed > 0 && batch.OutputFileId is null)
            await files.Add(batch.ProjectId, $"{batch.Id}_output.jsonl", "batch_output", lives, to => Results(to, good: true), (s, f) => BatchStore.SetFile(s, batch.Id, false, f.Id));
        if (batch.Completed < batch.Total && batch.ErrorFileId is null)
            await files.Add(batch.ProjectId, $"{batch.Id}_error.jsonl", "batch_output", lives, async to =>
            {
                await Results(to, good: false);
                await Unanswered(to);
            }, (s, f) => BatchStore.SetFile(s, batch.Id, true, f.Id));

        async Task Results(Stream to, bool good)
        {
            long last = 0;
            while (batches.Results(batch.Id, last, ResultsPerRead) is { Count: > 0 } results)
            {
                foreach (var r in results.Where(r => r.Status is >= 200 and < 300 == good))
                {
                    using var body = JsonDocument.Parse(r.Body);
                    await WriteLine(to, new() { Id = Ids.New("batch_req"), CustomId = r.CustomId, Response = new(r.Status, r.RequestId, body.RootElement) });
                }
                last = results[^1].Line;
            }
        }

        async Task Unanswered(Stream to)
        {
            if (input is null || ends == "completed") return;
            var done = batches.Done(batch.Id);
            using var stream = files.Open(input);
            foreach (var (line, request) in BatchInput.Lines(stream))
                if (!done.Contains(line))
                    await WriteLine(to, new()
                    {
                        Id = Ids.New("batch_req"),
                        CustomId = request.CustomId!,
                        Error = ends == "expired" ? new("batch_expired", "The batch expired before this request was answered.") : new("batch_cancelled", "The batch was cancelled before this request was answered."),
                    });
        }

        static async Task WriteLine(Stream to, BatchResultLine line)
        {
            await JsonSerializer.SerializeAsync(to, line, WireJson.Default.BatchResultLine);
            to.WriteByte((byte)'\n');
        }
    }

    /// <summary>The usage that an answer of any endpoint reports.</summary>
    static BatchTokens Tokens(string body)
    {
        using var json = JsonDocument.Parse(body);
        if (!json.RootElement.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object) return default;
        return new(
            Number(usage, "prompt_tokens") + Number(usage, "input_tokens"), Detail("prompt_tokens_details", "cached_tokens") + Detail("input_tokens_details", "cached_tokens"),
            Number(usage, "completion_tokens") + Number(usage, "output_tokens"), Detail("completion_tokens_details", "reasoning_tokens") + Detail("output_tokens_details", "reasoning_tokens"));

        long Detail(string part, string name) => usage.TryGetProperty(part, out var details) && details.ValueKind == JsonValueKind.Object ? Number(details, name) : 0;

        static long Number(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var n) ? n : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        stop.Dispose();
    }
}
