// Conversations as rows of the store. A conversation is a tree of items, each naming the one that it follows; what is read is the branch that
// ends at its head. Adding an item changes no other, and every access names the project, so that a key never meets what belongs to another
// one. Bodies are kept as the JSON that they are answered with.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Conversations;

/// <summary>Which conversations a list shows; null does not ask.</summary>
sealed record ListFilter(bool Archived, string? Folder, string? Tag);

/// <summary>The conversations of one store; safe from any thread.</summary>
sealed class ConversationStore
{
    const string Columns = "c.id, c.created, c.metadata, c.touched, c.head";

    readonly Database database;
    readonly TimeProvider clock;
    readonly ConversationWords words;

    public ConversationStore(Database database, TimeProvider clock)
    {
        (this.database, this.clock, words) = (database, clock, new(database));
        words.Complete();
    }

    /// <summary>Pinned ones first, then the one that was added to last.</summary>
    /// <param name="after">The id of the last one already seen.</param>
    /// <returns>At most <paramref name="take"/>; null where this project has none of the id of <paramref name="after"/>.</returns>
    public List<ConversationBody>? List(string projectId, ListFilter filter, string? after, int take) => database.Read(session =>
    {
        var from = after is null ? null : session.First("SELECT pinned, touched FROM conversations WHERE id = @id AND project_id = @project", r => Tuple.Create(r.Whole(0), r.Whole(1)), ("id", after), ("project", projectId));
        if (after is not null && from is null) return null;
        var where = "c.project_id = @project AND c.archived = @archived"
            + (filter.Folder is null ? "" : " AND c.folder = @folder")
            + (filter.Tag is null ? "" : " AND c.tags LIKE @tag ESCAPE '!'")
            + (from is null ? "" : " AND (c.pinned, c.touched, c.id) < (@pinned, @touched, @after)");
        return session.Rows($"SELECT {Columns} FROM conversations c WHERE {where} ORDER BY c.pinned DESC, c.touched DESC, c.id DESC LIMIT @take", Read,
            ("project", projectId), ("archived", filter.Archived ? 1L : 0), ("folder", filter.Folder), ("tag", filter.Tag is null ? null : Facets.Pattern(filter.Tag)),
            ("pinned", from?.Item1), ("touched", from?.Item2), ("after", after), ("take", (long)take));
    });

    /// <summary>Conversations with all of the words, in a message or the title, the one that was added to last first; with the newest place in each.</summary>
    public List<ConversationBody> Search(string projectId, string asked, int take) => database.Read(session =>
        words.Find(session, projectId, asked, take).Select(f => Find(session, projectId, f.Conversation)! with
        {
            Match = f.Item == f.Conversation
                ? new(null, "") : new(f.Item, ConversationWords.Around(ConversationWords.TextOf(One(session, f.Conversation, f.Item)!), asked)),
        }).ToList());

    public ConversationBody? Find(string projectId, string id) => database.Read(session => Find(session, projectId, id));

    public Task<ConversationBody> Create(string projectId, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<OutputItem> items) => database.Write(session =>
    {
        var (id, facets) = (Ids.InTime("conv"), Facets.Of(metadata));
        session.Run("INSERT INTO conversations (id, project_id, created, metadata, touched, pinned, archived, folder, tags) VALUES (@id, @project, @now, @metadata, @now, @pinned, @archived, @folder, @tags)",
            ("id", id), ("project", projectId), ("now", Now()), ("metadata", Json(metadata)), ("pinned", facets.Pinned), ("archived", facets.Archived), ("folder", facets.Folder), ("tags", facets.Tags));
        words.Add(session, id, id, facets.Title);
        Insert(session, id, "", items);
        return Find(session, projectId, id)!;
    });

    /// <summary>Gives a conversation other metadata; null if this project has none of that id.</summary>
    public Task<ConversationBody?> Describe(string projectId, string id, IReadOnlyDictionary<string, string> metadata) => database.Write(session =>
    {
        if (Find(session, projectId, id) is not { } before) return null;
        var facets = Facets.Of(metadata);
        session.Run("UPDATE conversations SET metadata = @metadata, pinned = @pinned, archived = @archived, folder = @folder, tags = @tags WHERE id = @id",
            ("metadata", Json(metadata)), ("pinned", facets.Pinned), ("archived", facets.Archived), ("folder", facets.Folder), ("tags", facets.Tags), ("id", id));
        if (Facets.Of(before.Metadata).Title != facets.Title)
        {
            words.Remove(session, id, id);
            words.Add(session, id, id, facets.Title);
        }
        return Find(session, projectId, id);
    });

    /// <summary>Goes on with the branch of an item, from its newest end; null where there is no such item.</summary>
    public Task<ConversationBody?> Turn(string projectId, string id, string itemId) => database.Write(session =>
    {
        if (Find(session, projectId, id) is null || One(session, id, itemId) is null) return null;
        var end = session.First(
            """
            WITH RECURSIVE down (id, depth) AS (
              SELECT CAST(@item AS TEXT), 0
              UNION ALL
              SELECT (SELECT i.id FROM conversation_items i WHERE i.conversation_id = @conversation AND i.parent = down.id ORDER BY i.position DESC LIMIT 1), depth + 1
              FROM down WHERE down.id IS NOT NULL)
            SELECT id FROM down WHERE id IS NOT NULL ORDER BY depth DESC LIMIT 1
            """, r => r.Text(0), ("item", itemId), ("conversation", id))!;
        SetHead(session, id, end);
        return Find(session, projectId, id);
    });

    /// <summary>Removes a conversation and its items; false if this project has none of that id.</summary>
    public Task<bool> Delete(string projectId, string id) => database.Write(session =>
    {
        if (Find(session, projectId, id) is null) return false;
        session.Run("DELETE FROM conversation_items WHERE conversation_id = @id", ("id", id));
        session.Run("DELETE FROM conversations WHERE id = @id", ("id", id));
        words.Remove(session, id);
        return true;
    });

    /// <summary>Adds items, one following the other, and goes on from the last; false if this project has no such conversation.</summary>
    /// <param name="after">The item that the first of them follows, "" for the beginning; null for the end of the conversation.</param>
    /// <exception cref="ArgumentException">The conversation has no item <paramref name="after"/>.</exception>
    public Task<bool> Add(string projectId, string id, string? after, IReadOnlyList<OutputItem> items) => database.Write(session =>
    {
        if (Find(session, projectId, id) is not { } conversation) return false;
        if (after is { Length: > 0 } && One(session, id, after) is null) throw new ArgumentException($"'after' is '{after}', which is not in the conversation.");
        Insert(session, id, after ?? conversation.Head ?? "", items);
        session.Run("UPDATE conversations SET touched = @now WHERE id = @id", ("now", Now()), ("id", id));
        return true;
    });

    /// <summary>Items of the branch that ends at <paramref name="from"/>, from the one after <paramref name="after"/>; null when the conversation has no such item.</summary>
    /// <param name="from">The end of the branch.</param>
    /// <param name="take">How many at most.</param>
    public List<OutputItem>? Items(string id, string from, string? after, bool newestFirst, int take) => database.Read(session =>
    {
        List<string>? ids;
        if (newestFirst)
        {
            // Walked from the end and no further than asked: a page costs the same however long the conversation is.
            if (after is null) ids = Up(session, id, from, take);
            else ids = session.First("SELECT parent FROM conversation_items WHERE conversation_id = @conversation AND id = @id", r => r.Text(0), ("conversation", id), ("id", after)) is { } before ? Up(session, id, before, take) : null;
        }
        else
        {
            var all = Up(session, id, from, int.MaxValue);
            all.Reverse();
            var start = after is null ? 0 : all.IndexOf(after) + 1;
            ids = after is not null && start == 0 ? null : [.. all.Skip(start).Take(take)];
        }
        return ids is null ? null : WithAlternatives(session, id, [.. ids.Select(i => One(session, id, i)!)]);
    });

    /// <summary>Items of all branches in the order in which they were written.</summary>
    public List<OutputItem>? Everything(string id, string? after, int take) => database.Read(session =>
    {
        long? from = after is null ? 0 : session.First("SELECT position FROM conversation_items WHERE conversation_id = @conversation AND id = @id", r => (long?)r.Whole(0), ("conversation", id), ("id", after));
        return from is null ? null : session.Rows("SELECT body, parent FROM conversation_items WHERE conversation_id = @id AND position > @from ORDER BY position LIMIT @take", Item, ("id", id), ("from", from), ("take", (long)take));
    });

    public OutputItem? Item(string id, string itemId) => database.Read(session => One(session, id, itemId));

    /// <summary>Removes one item; those that followed it follow the one before it now. False when there is none of that id.</summary>
    public Task<bool> DeleteItem(string id, string itemId) => database.Write(session =>
    {
        if (One(session, id, itemId) is not { } item) return false;
        var before = item.After ?? "";
        session.Run("DELETE FROM conversation_items WHERE conversation_id = @conversation AND id = @id", ("conversation", id), ("id", itemId));
        session.Run("UPDATE conversation_items SET parent = @before WHERE conversation_id = @conversation AND parent = @id", ("before", before), ("conversation", id), ("id", itemId));
        session.Run("UPDATE conversations SET head = @before WHERE id = @conversation AND head = @id", ("before", before), ("conversation", id), ("id", itemId));
        words.Remove(session, id, itemId);
        return true;
    });

    static List<string> Up(Session session, string id, string from, int take) => session.Rows(
        """
        WITH RECURSIVE up (id, parent, depth) AS (
          SELECT i.id, i.parent, 1 FROM conversation_items i WHERE i.conversation_id = @conversation AND i.id = @from
          UNION ALL
          SELECT i.id, i.parent, up.depth + 1 FROM up JOIN conversation_items i ON i.id = up.parent AND i.conversation_id = @conversation WHERE up.depth < @take)
        SELECT id FROM up ORDER BY depth
        """, r => r.Text(0), ("conversation", id), ("from", from), ("take", (long)take));

    static List<OutputItem> WithAlternatives(Session session, string id, List<OutputItem> items)
    {
        if (items.Count == 0) return items;
        var parents = items.Select((item, i) => ($"p{i}", (object?)(item.After ?? ""))).ToArray();
        var followers = session.Rows($"SELECT parent, id FROM conversation_items WHERE conversation_id = @conversation AND parent IN ({string.Join(", ", parents.Select(p => "@" + p.Item1))}) ORDER BY position",
            r => (Parent: r.Text(0), Id: r.Text(1)), [("conversation", id), .. parents]).ToLookup(f => f.Parent, f => f.Id);
        return [.. items.Select(item => followers[item.After ?? ""].ToList() is { Count: > 1 } all ? item with { Alternatives = all } : item)];
    }

    void Insert(Session session, string id, string parent, IReadOnlyList<OutputItem> items)
    {
        if (items.Count == 0) return;
        // Positions follow the clock, so that none is used again when the last item was removed: `after` keeps its meaning.
        var position = Math.Max(Now() << 10, session.First("SELECT coalesce(max(position), 0) FROM conversation_items WHERE conversation_id = @id", r => r.Whole(0), ("id", id)) + 1);
        foreach (var item in items)
        {
            session.Run("INSERT INTO conversation_items (conversation_id, position, id, created, body, parent) VALUES (@conversation, @position, @id, @now, @body, @parent)",
                ("conversation", id), ("position", position++), ("id", item.Id), ("now", Now()), ("body", JsonSerializer.Serialize(item, WireJson.Default.OutputItem)), ("parent", parent));
            words.Add(session, id, item.Id, ConversationWords.TextOf(item));
            parent = item.Id;
        }
        SetHead(session, id, parent);
    }

    static void SetHead(Session session, string id, string head) => session.Run("UPDATE conversations SET head = @head WHERE id = @id", ("head", head), ("id", id));

    static ConversationBody? Find(Session session, string projectId, string id) => session.First(
        $"SELECT {Columns} FROM conversations c WHERE c.id = @id AND c.project_id = @project", Read, ("id", id), ("project", projectId));

    static OutputItem? One(Session session, string id, string itemId) => session.First(
        "SELECT body, parent FROM conversation_items WHERE conversation_id = @conversation AND id = @id", Item, ("conversation", id), ("id", itemId));

    static ConversationBody Read(Row r) => new()
    {
        Id = r.Text(0),
        CreatedAt = r.Time(1).ToUnixTimeSeconds(),
        Metadata = JsonSerializer.Deserialize(r.Text(2), WireJson.Default.IReadOnlyDictionaryStringString)!,
        UpdatedAt = r.Time(3).ToUnixTimeSeconds(),
        Head = r.Text(4) is { Length: > 0 } head ? head : null,
    };

    static OutputItem Item(Row r) => JsonSerializer.Deserialize(r.Text(0), WireJson.Default.OutputItem)! with { After = r.Text(1) is { Length: > 0 } parent ? parent : null };

    static string Json(IReadOnlyDictionary<string, string> metadata) => JsonSerializer.Serialize(metadata, WireJson.Default.IReadOnlyDictionaryStringString);

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>What of the metadata lists are sorted and filtered by.</summary>
readonly record struct Facets(string Title, long Pinned, long Archived, string Folder, string Tags)
{
    public static Facets Of(IReadOnlyDictionary<string, string> metadata) => new(
        metadata.GetValueOrDefault("title", ""), Flag(metadata, "pinned"), Flag(metadata, "archived"), metadata.GetValueOrDefault("folder", ""),
        string.Concat(metadata.GetValueOrDefault("tags", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => $",{t.ToLowerInvariant()},")));

    /// <summary>Finds a tag among those of a row.</summary>
    public static string Pattern(string tag)
        => $"%,{tag.Trim().ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)},%";

    static long Flag(IReadOnlyDictionary<string, string> metadata, string name) => metadata.GetValueOrDefault(name) == "true" ? 1 : 0;
}
