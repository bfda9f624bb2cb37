// Briefings, shows, kept feeds and feedback as rows of the store. Every access from outside names the project; a show's token is found by its hash
// and kept sealed, so that the store alone opens no podcast.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Api.Gateway;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Briefings;

/// <summary>A briefing with what the wire does not show.</summary>
sealed record StoredBriefing(string Id, string ProjectId, string KeyId, string? ShowId, BriefingRequest Request, BriefingBody Body, string? FileId);

/// <summary>A show.</summary>
sealed record StoredShow(string Id, string ProjectId, string KeyId, DateTimeOffset Created, string Title, BriefingRequest Request, string SealedToken);

/// <summary>The briefings of one store; safe from any thread.</summary>
sealed class BriefingStore(Database database, SecretBox secrets, TimeProvider clock) : IFeedShelf
{
    const string Columns = "id, project_id, key_id, show_id, request, body, file_id, status", ShowColumns = "id, project_id, key_id, created, title, request, token";
    const int RememberedFeedback = 400;
    static readonly TimeSpan HalfForgotten = TimeSpan.FromDays(14), FeedsKept = TimeSpan.FromDays(14);

    /// <summary>Asks for a briefing; null when its slot is taken.</summary>
    public Task<BriefingBody?> Add(string projectId, string keyId, string? showId, string? slot, BriefingRequest request, BriefingBody body) => database.Write(session =>
    {
        if (slot is not null && session.First("SELECT 1 FROM briefings WHERE slot = @slot", r => r.Whole(0), ("slot", slot)) != 0) return null;
        session.Run("INSERT INTO briefings (id, project_id, key_id, show_id, slot, created, status, request, body) VALUES (@id, @project, @key, @show, @slot, @now, 'queued', @request, @body)",
            ("id", body.Id), ("project", projectId), ("key", keyId), ("show", showId), ("slot", slot), ("now", Now()), ("request", Json(request)), ("body", Json(body)));
        return body;
    });

    /// <summary>The newest first.</summary>
    public List<StoredBriefing> List(string projectId, string? showId = null) => database.Read(session => session.Rows(
        $"SELECT {Columns} FROM briefings WHERE project_id = @project AND (show_id = @show OR @show = '') ORDER BY created DESC, id DESC", Read, ("project", projectId), ("show", showId ?? "")));

    public StoredBriefing? Find(string projectId, string id) => database.Read(session => session.First($"SELECT {Columns} FROM briefings WHERE id = @id AND project_id = @project", Read, ("id", id), ("project", projectId)));

    /// <summary>The next one to make, of this server from now on; also one that a server which is gone had begun.</summary>
    public Task<StoredBriefing?> Claim(string serverId) => database.Write(session =>
    {
        var next = session.First(
            $"""
            SELECT {Columns} FROM briefings WHERE status IN ('queued', 'in_progress')
                AND (server_id IS NULL OR NOT EXISTS (SELECT 1 FROM servers WHERE servers.id = briefings.server_id)) ORDER BY created, id
            """, Read);
        if (next is not null) session.Run("UPDATE briefings SET server_id = @server, status = 'in_progress' WHERE id = @id", ("server", serverId), ("id", next.Id));
        return next;
    });

    /// <summary>Keeps how it ended; false when it was deleted meanwhile.</summary>
    public Task<bool> End(BriefingBody body, string? fileId) => database.Write(session =>
        session.Run("UPDATE briefings SET status = @status, body = @body, file_id = @file WHERE id = @id", ("status", body.Status), ("body", Json(body)), ("file", fileId), ("id", body.Id)) == 1);

    public Task<bool> Delete(string projectId, string id) => database.Write(session =>
    {
        session.Run("DELETE FROM briefing_feedback WHERE briefing_id = @id AND project_id = @project", ("id", id), ("project", projectId));
        return session.Run("DELETE FROM briefings WHERE id = @id AND project_id = @project", ("id", id), ("project", projectId)) == 1;
    });

    /// <summary>Keeps what a listener did with a story; the last word counts.</summary>
    public Task Say(StoredBriefing briefing, BriefingChapter chapter, string kind) => database.Write(session =>
    {
        session.Run("DELETE FROM briefing_feedback WHERE briefing_id = @id AND chapter = @chapter", ("id", briefing.Id), ("chapter", (long)chapter.Number));
        session.Run("INSERT INTO briefing_feedback (briefing_id, chapter, project_id, created, kind, terms, publishers) VALUES (@id, @chapter, @project, @now, @kind, @terms, @publishers)",
            ("id", briefing.Id), ("chapter", (long)chapter.Number), ("project", briefing.ProjectId), ("now", Now()), ("kind", kind), ("terms", string.Join('\n', chapter.Terms ?? [])), ("publishers", string.Join('\n', chapter.Publishers)));
        return true;
    });

    /// <summary>What was said of the stories of one briefing.</summary>
    public Dictionary<int, string> Said(string id) => database.Read(session => session.Rows("SELECT chapter, kind FROM briefing_feedback WHERE briefing_id = @id", r => ((int)r.Whole(0), r.Text(1)), ("id", id))).ToDictionary();

    /// <summary>What skips and replays taught: by term and by publisher, older ones fading.</summary>
    public Listener Listener(string projectId, IReadOnlyList<string> interests)
    {
        var said = database.Read(session => session.Rows("SELECT created, kind, terms, publishers FROM briefing_feedback WHERE project_id = @project ORDER BY created DESC LIMIT @most",
            r => (At: r.Time(0), Kind: r.Text(1), Terms: r.Text(2), Publishers: r.Text(3)), ("project", projectId), ("most", (long)RememberedFeedback)));
        var (terms, publishers) = (new Dictionary<string, double>(), new Dictionary<string, double>());
        foreach (var (at, kind, about, from) in said)
        {
            var weight = (kind == "skip" ? -1 : 1) * Math.Pow(0.5, (clock.GetUtcNow() - at) / HalfForgotten);
            foreach (var (term, i) in about.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((t, i) => (t, i))) terms[term] = terms.GetValueOrDefault(term) + weight / (2 + i);
            foreach (var publisher in from.Split('\n', StringSplitOptions.RemoveEmptyEntries)) publishers[publisher] = publishers.GetValueOrDefault(publisher) + 0.1 * weight;
        }
        return new(interests, terms, publishers);
    }

    /// <summary>Makes a show; its token is in no list and no log.</summary>
    public Task<StoredShow> AddShow(string projectId, string keyId, string title, BriefingRequest request)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var show = new StoredShow(Ids.InTime("show"), projectId, keyId, DateTimeOffset.FromUnixTimeMilliseconds(Now()), title, request, secrets.Seal(token));
        return database.Write(session =>
        {
            session.Run($"INSERT INTO briefing_shows ({ShowColumns}, token_hash) VALUES (@id, @project, @key, @created, @title, @request, @token, @hash)",
                ("id", show.Id), ("project", projectId), ("key", keyId), ("created", Now()), ("title", title), ("request", Json(request)), ("token", show.SealedToken), ("hash", Hash(token)));
            return show;
        });
    }

    public List<StoredShow> Shows(string? projectId) => database.Read(session => session.Rows(
        $"SELECT {ShowColumns} FROM briefing_shows WHERE project_id = @project OR @project = '' ORDER BY created, id", ReadShow, ("project", projectId ?? "")));

    public StoredShow? Show(string projectId, string id) => Shows(projectId).FirstOrDefault(s => s.Id == id);

    /// <summary>The show that a podcast's token opens.</summary>
    public StoredShow? ShowOf(string token) => database.Read(session => session.First($"SELECT {ShowColumns} FROM briefing_shows WHERE token_hash = @hash", ReadShow, ("hash", Hash(token))));

    public string Token(StoredShow show) => secrets.Open(show.SealedToken);

    /// <summary>Ends a show; the briefings that it made stay.</summary>
    public Task<bool> DeleteShow(string projectId, string id) => database.Write(session => session.Run("DELETE FROM briefing_shows WHERE id = @id AND project_id = @project", ("id", id), ("project", projectId)) == 1);

    KeptFeed? IFeedShelf.Find(string address) => database.Read(session => session.First("SELECT body, charset, etag, modified FROM briefing_feeds WHERE address = @address",
        r => new KeptFeed(Convert.FromBase64String(r.Text(0)), r.TextOrNull(1), r.TextOrNull(2), r.TextOrNull(3)), ("address", address)));

    Task IFeedShelf.Keep(string address, KeptFeed feed) => database.Write(session =>
    {
        session.Run("DELETE FROM briefing_feeds WHERE address = @address OR fetched < @old", ("address", address), ("old", Now() - (long)FeedsKept.TotalMilliseconds));
        return session.Run("INSERT INTO briefing_feeds (address, fetched, charset, etag, modified, body) VALUES (@address, @now, @charset, @etag, @modified, @body)",
            ("address", address), ("now", Now()), ("charset", feed.Charset), ("etag", feed.Etag), ("modified", feed.Modified), ("body", Convert.ToBase64String(feed.Bytes)));
    });

    static StoredBriefing Read(Row r) => new(r.Text(0), r.Text(1), r.Text(2), r.TextOrNull(3), JsonSerializer.Deserialize(r.Text(4), WireJson.Default.BriefingRequest)!, JsonSerializer.Deserialize(r.Text(5), WireJson.Default.BriefingBody)! with { Status = r.Text(7) }, r.TextOrNull(6));

    static StoredShow ReadShow(Row r) => new(r.Text(0), r.Text(1), r.Text(2), r.Time(3), r.Text(4), JsonSerializer.Deserialize(r.Text(5), WireJson.Default.BriefingRequest)!, r.Text(6));

    static string Json(BriefingRequest request) => JsonSerializer.Serialize(request, WireJson.Default.BriefingRequest);

    static string Json(BriefingBody body) => JsonSerializer.Serialize(body, WireJson.Default.BriefingBody);

    static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
