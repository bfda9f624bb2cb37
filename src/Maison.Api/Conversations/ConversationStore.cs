// Conversations as rows of the store. Adding an item touches no other row, and every access names the project, so that a key never meets
// what belongs to another one. Bodies are kept as the JSON that they are answered with.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Conversations;

/// <summary>The conversations of one store; safe from any thread.</summary>
sealed class ConversationStore(Database database, TimeProvider clock)
{
    /// <summary>The one that was added to last first.</summary>
    public List<ConversationBody> List(string projectId) => database.Read(session => session.Rows(
        """
        SELECT c.id, c.created, c.metadata,
          coalesce((SELECT i.created FROM conversation_items i WHERE i.conversation_id = c.id ORDER BY i.position DESC LIMIT 1), c.created) AS touched
        FROM conversations c WHERE c.project_id = @project ORDER BY touched DESC, c.id DESC
        """, Read, ("project", projectId)));

    public ConversationBody? Find(string projectId, string id) => database.Read(session => Find(session, projectId, id));

    public Task<ConversationBody> Create(string projectId, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<OutputItem> items) => database.Write(session =>
    {
        var made = new ConversationBody { Id = Ids.InTime("conv"), CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(), Metadata = metadata };
        session.Run("INSERT INTO conversations (id, project_id, created, metadata) VALUES (@id, @project, @now, @metadata)",
            ("id", made.Id), ("project", projectId), ("now", Now()), ("metadata", Json(metadata)));
        Insert(session, made.Id, items);
        return made;
    });

    /// <summary>Gives a conversation other metadata; null if this project has none of that id.</summary>
    public Task<ConversationBody?> Describe(string projectId, string id, IReadOnlyDictionary<string, string> metadata) => database.Write(session =>
        session.Run("UPDATE conversations SET metadata = @metadata WHERE id = @id AND project_id = @project", ("metadata", Json(metadata)), ("id", id), ("project", projectId)) == 0
            ? null : Find(session, projectId, id));

    /// <summary>Removes a conversation and its items; false if this project has none of that id.</summary>
    public Task<bool> Delete(string projectId, string id) => database.Write(session =>
    {
        if (Find(session, projectId, id) is null) return false;
        session.Run("DELETE FROM conversation_items WHERE conversation_id = @id", ("id", id));
        session.Run("DELETE FROM conversations WHERE id = @id", ("id", id));
        return true;
    });

    /// <summary>Adds items at the end; false if this project has no such conversation.</summary>
    public Task<bool> Add(string projectId, string id, IReadOnlyList<OutputItem> items) => database.Write(session =>
    {
        if (Find(session, projectId, id) is null) return false;
        Insert(session, id, items);
        return true;
    });

    /// <summary>Items in order, from the one after <paramref name="after"/>; null when the conversation has no such item.</summary>
    /// <param name="take">How many at most.</param>
    public List<OutputItem>? Items(string id, string? after, bool newestFirst, int take) => database.Read(session =>
    {
        var from = newestFirst ? long.MaxValue : 0L;
        if (after is not null)
        {
            if (session.First("SELECT position FROM conversation_items WHERE conversation_id = @conversation AND id = @id", r => (long?)r.Whole(0), ("conversation", id), ("id", after)) is not { } position) return null;
            from = position;
        }
        return session.Rows($"SELECT body FROM conversation_items WHERE conversation_id = @id AND position {(newestFirst ? "<" : ">")} @from ORDER BY position {(newestFirst ? "DESC" : "ASC")} LIMIT @take",
            r => Item(r.Text(0)), ("id", id), ("from", from), ("take", (long)take));
    });

    public OutputItem? Item(string id, string itemId) => database.Read(session => session.First(
        "SELECT body FROM conversation_items WHERE conversation_id = @conversation AND id = @id", r => Item(r.Text(0)), ("conversation", id), ("id", itemId)));

    /// <summary>Removes one item; false if there is none of that id.</summary>
    public Task<bool> DeleteItem(string id, string itemId) => database.Write(session =>
        session.Run("DELETE FROM conversation_items WHERE conversation_id = @conversation AND id = @id", ("conversation", id), ("id", itemId)) > 0);

    void Insert(Session session, string id, IReadOnlyList<OutputItem> items)
    {
        // Positions follow the clock, so that none is used again when the last item was removed: `after` keeps its meaning.
        var position = Math.Max(Now() << 10, session.First("SELECT coalesce(max(position), 0) FROM conversation_items WHERE conversation_id = @id", r => r.Whole(0), ("id", id)) + 1);
        foreach (var item in items)
            session.Run("INSERT INTO conversation_items (conversation_id, position, id, created, body) VALUES (@conversation, @position, @id, @now, @body)",
                ("conversation", id), ("position", position++), ("id", item.Id), ("now", Now()), ("body", JsonSerializer.Serialize(item, WireJson.Default.OutputItem)));
    }

    static ConversationBody? Find(Session session, string projectId, string id) => session.First(
        "SELECT id, created, metadata FROM conversations WHERE id = @id AND project_id = @project", Read, ("id", id), ("project", projectId));

    static ConversationBody Read(Row r) => new()
    {
        Id = r.Text(0),
        CreatedAt = r.Time(1).ToUnixTimeSeconds(),
        Metadata = JsonSerializer.Deserialize(r.Text(2), WireJson.Default.IReadOnlyDictionaryStringString)!,
    };

    static OutputItem Item(string body) => JsonSerializer.Deserialize(body, WireJson.Default.OutputItem)!;

    static string Json(IReadOnlyDictionary<string, string> metadata) => JsonSerializer.Serialize(metadata, WireJson.Default.IReadOnlyDictionaryStringString);

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
