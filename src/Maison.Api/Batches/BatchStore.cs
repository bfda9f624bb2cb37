// Batches as rows: what is asked, how far it is, what came of each request. A batch belongs to one running server at a time; the batches of a
// server that is gone are anyone's. Changes of state name the state they come from, so a cancel and an end can not both win.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Batches;

/// <summary>A stored batch.</summary>
sealed record Batch
{
    public required string Id { get; init; }
    public required string ProjectId { get; init; }
    public required string KeyId { get; init; }
    public required string Endpoint { get; init; }
    public required string InputFileId { get; init; }
    public string? OutputFileId { get; init; }
    public string? ErrorFileId { get; init; }
    public required string Status { get; init; }
    public string? Model { get; init; }
    public string? Metadata { get; init; }
    public string? Problems { get; init; }
    public long? OutputLivesSeconds { get; init; }
    public long Total { get; init; }
    public long Completed { get; init; }
    public long Failed { get; init; }
    public long InputTokens { get; init; }
    public long CachedTokens { get; init; }
    public long OutputTokens { get; init; }
    public long ReasoningTokens { get; init; }
    public required DateTimeOffset Created { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public DateTimeOffset? Started { get; init; }
    public DateTimeOffset? Finalizing { get; init; }
    public DateTimeOffset? Cancelling { get; init; }
    public DateTimeOffset? Ended { get; init; }

    public bool IsOver => Status is "failed" or "completed" or "expired" or "cancelled";
}

/// <summary>What came of one request of a batch.</summary>
sealed record BatchResult(long Line, string CustomId, int Status, string RequestId, string Body);

/// <summary>Tokens that one answer reports.</summary>
readonly record struct BatchTokens(long Input, long Cached, long Output, long Reasoning);

/// <summary>The SQL of batches; safe from any thread.</summary>
sealed class BatchStore(Database database, TimeProvider clock)
{
    const string Columns = "id, project_id, key_id, endpoint, input_file_id, output_file_id, error_file_id, status, model, metadata, problems, output_lives_seconds, total, completed, failed, "
        + "input_tokens, cached_tokens, output_tokens, reasoning_tokens, created, expires, started, finalizing, cancelling, ended";

    public Task<bool> Add(Batch batch) => database.Write(session => session.Run(
        """
        INSERT INTO batches (id, project_id, key_id, endpoint, input_file_id, status, metadata, output_lives_seconds, created, expires)
        VALUES (@id, @project, @key, @endpoint, @input, 'validating', @metadata, @lives, @created, @expires)
        """,
        ("id", batch.Id), ("project", batch.ProjectId), ("key", batch.KeyId), ("endpoint", batch.Endpoint), ("input", batch.InputFileId), ("metadata", batch.Metadata),
        ("lives", batch.OutputLivesSeconds), ("created", batch.Created.ToUnixTimeMilliseconds()), ("expires", batch.Expires.ToUnixTimeMilliseconds())) == 1);

    public Batch? Find(string id) => database.Read(s => s.First($"SELECT {Columns} FROM batches WHERE id = @id", Read, ("id", id)));

    /// <summary>The newest first.</summary>
    public List<Batch> List(string projectId) => database.Read(s => s.Rows($"SELECT {Columns} FROM batches WHERE project_id = @project ORDER BY created DESC, id DESC", Read, ("project", projectId)));

    /// <summary>Takes the oldest batch that is not over and that no living server works on.</summary>
    public Task<Batch?> Claim(string serverId) => database.Write(session =>
    {
        var batch = session.First(
            $"""
            SELECT {Columns} FROM batches WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling')
                AND (server_id IS NULL OR NOT EXISTS (SELECT 1 FROM servers WHERE servers.id = batches.server_id)) ORDER BY created, id
            """, Read);
        if (batch is not null) session.Run("UPDATE batches SET server_id = @server WHERE id = @id", ("server", serverId), ("id", batch.Id));
        return batch;
    });

    public Task<bool> Start(string id, long total, string? model) => database.Write(s => s.Run(
        "UPDATE batches SET status = 'in_progress', started = @now, total = @total, model = @model WHERE id = @id AND status = 'validating'",
        ("id", id), ("now", Now()), ("total", total), ("model", model)) == 1);

    public Task<bool> Fail(string id, IReadOnlyList<BatchProblem> problems) => database.Write(s => s.Run(
        "UPDATE batches SET status = 'failed', ended = @now, problems = @problems WHERE id = @id AND status = 'validating'",
        ("id", id), ("now", Now()), ("problems", JsonSerializer.Serialize(new(problems), WireJson.Default.BatchProblems))) == 1);

    /// <summary>Asks a batch to stop; false when it is over already.</summary>
    public Task<bool> Cancel(string id) => database.Write(s => s.Run(
        "UPDATE batches SET status = 'cancelling', cancelling = @now WHERE id = @id AND status IN ('validating', 'in_progress')", ("id", id), ("now", Now())) == 1);

    /// <summary>Keeps the result of a request and counts it; a second one for the same line changes nothing.</summary>
    public Task<bool> Record(string id, BatchResult result, BatchTokens tokens) => database.Write(session =>
    {
        if (session.Run("INSERT INTO batch_results (batch_id, line, custom_id, status, request_id, body) VALUES (@id, @line, @custom, @status, @request, @body) ON CONFLICT DO NOTHING",
            ("id", id), ("line", result.Line), ("custom", result.CustomId), ("status", (long)result.Status), ("request", result.RequestId), ("body", result.Body)) == 0) return false;
        var good = result.Status is >= 200 and < 300;
        session.Run(
            """
            UPDATE batches SET completed = completed + @completed, failed = failed + @failed, input_tokens = input_tokens + @input, cached_tokens = cached_tokens + @cached,
                output_tokens = output_tokens + @output, reasoning_tokens = reasoning_tokens + @reasoning WHERE id = @id
            """,
            ("id", id), ("completed", good ? 1L : 0), ("failed", good ? 0L : 1), ("input", tokens.Input), ("cached", tokens.Cached), ("output", tokens.Output), ("reasoning", tokens.Reasoning));
        return true;
    });

    public HashSet<long> Done(string id) => [.. database.Read(s => s.Rows("SELECT line FROM batch_results WHERE batch_id = @id", r => r.Whole(0), ("id", id)))];

    /// <summary>The results in the order of their lines, a page at a time.</summary>
    public List<BatchResult> Results(string id, long afterLine, int most) => database.Read(s => s.Rows(
        "SELECT line, custom_id, status, request_id, body FROM batch_results WHERE batch_id = @id AND line > @after ORDER BY line LIMIT @most",
        r => new BatchResult(r.Whole(0), r.Text(1), (int)r.Whole(2), r.Text(3), r.Text(4)), ("id", id), ("after", afterLine), ("most", (long)most)));

    public Task<bool> Finalize(string id) => database.Write(s => s.Run(
        "UPDATE batches SET status = 'finalizing', finalizing = @now WHERE id = @id AND status = 'in_progress'", ("id", id), ("now", Now())) == 1);

    public Task<bool> SetFile(string id, bool errors, string? fileId) => database.Write(s => SetFile(s, id, errors, fileId));

    public static bool SetFile(Session session, string id, bool errors, string? fileId) => session.Run(
        $"UPDATE batches SET {(errors ? "error_file_id" : "output_file_id")} = @file WHERE id = @id", ("id", id), ("file", fileId)) == 1;

    /// <summary>Ends a batch whose files are written; the rows of its results have done their work.</summary>
    public Task<bool> End(string id, string status) => database.Write(session =>
    {
        session.Run("DELETE FROM batch_results WHERE batch_id = @id", ("id", id));
        return session.Run("UPDATE batches SET status = @status, ended = @now WHERE id = @id", ("id", id), ("status", status), ("now", Now())) == 1;
    });

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    static Batch Read(Row r) => new()
    {
        Id = r.Text(0),
        ProjectId = r.Text(1),
        KeyId = r.Text(2),
        Endpoint = r.Text(3),
        InputFileId = r.Text(4),
        OutputFileId = r.TextOrNull(5),
        ErrorFileId = r.TextOrNull(6),
        Status = r.Text(7),
        Model = r.TextOrNull(8),
        Metadata = r.TextOrNull(9),
        Problems = r.TextOrNull(10),
        OutputLivesSeconds = r.WholeOrNull(11),
        Total = r.Whole(12),
        Completed = r.Whole(13),
        Failed = r.Whole(14),
        InputTokens = r.Whole(15),
        CachedTokens = r.Whole(16),
        OutputTokens = r.Whole(17),
        ReasoningTokens = r.Whole(18),
        Created = r.Time(19),
        Expires = r.Time(20),
        Started = r.TimeOrNull(21),
        Finalizing = r.TimeOrNull(22),
        Cancelling = r.TimeOrNull(23),
        Ended = r.TimeOrNull(24),
    };
}
