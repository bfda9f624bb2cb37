// The words of all messages and titles, for searching: FTS5 in SQLite, a tsvector in PostgreSQL. Both get text that is folded here, so that
// they find the same: case and accents do not count, and a word stands for all that begin with it.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Conversations;

/// <summary>Looks for words in what was said.</summary>
sealed class ConversationWords(Database database)
{
    const int Shown = 160, Before = 50, MostWords = 16, MostPlaces = 2000, MostCharacters = 200_000;

    /// <summary>Adds what was written before there was a search.</summary>
    public void Complete()
    {
        var missing = database.Read(s => s.First("SELECT 1 FROM conversation_words LIMIT 1", r => r.Whole(0)) == 0 && s.First("SELECT 1 FROM conversations LIMIT 1", r => r.Whole(0)) == 1);
        if (!missing) return;
        database.WriteNow(session =>
        {
            foreach (var (id, metadata) in session.Rows("SELECT id, metadata FROM conversations", r => (r.Text(0), r.Text(1))))
                Add(session, id, id, Facets.Of(JsonSerializer.Deserialize(metadata, WireJson.Default.IReadOnlyDictionaryStringString)!).Title);
            foreach (var (conversation, id, body) in session.Rows("SELECT conversation_id, id, body FROM conversation_items", r => (r.Text(0), r.Text(1), r.Text(2))))
                Add(session, conversation, id, TextOf(JsonSerializer.Deserialize(body, WireJson.Default.OutputItem)!));
            return true;
        });
    }

    /// <param name="itemId">The conversation's own id for its title.</param>
    public void Add(Session session, string conversation, string itemId, string text) => session.Run(
        "INSERT INTO conversation_words (item_id, conversation_id, text) VALUES (@item, @conversation, @text)", ("item", itemId), ("conversation", conversation), ("text", string.Join(' ', Words(text.Length <= MostCharacters ? text : text[..MostCharacters]))));

    /// <param name="itemId">Null removes the whole conversation.</param>
    public void Remove(Session session, string conversation, string? itemId = null) => session.Run(
        "DELETE FROM conversation_words WHERE conversation_id = @conversation" + (itemId is null ? "" : " AND item_id = @item"), ("conversation", conversation), ("item", itemId));

    /// <summary>The newest place in each conversation that has all of the words in one message or the title.</summary>
    public List<(string Conversation, string Item)> Find(Session session, string projectId, string asked, int take)
    {
        var words = Words(asked).Take(MostWords).ToList();
        if (words.Count == 0) return [];
        return session.Rows(
            $"""
            SELECT conversation_words.conversation_id, conversation_words.item_id
            FROM conversation_words JOIN conversations c ON c.id = conversation_words.conversation_id
            LEFT JOIN conversation_items i ON i.id = conversation_words.item_id
            WHERE {database.Engine.HasWords} AND c.project_id = @project
            ORDER BY c.touched DESC, c.id, coalesce(i.position, 0) DESC LIMIT {MostPlaces}
            """,
            r => (Conversation: r.Text(0), Item: r.Text(1)), ("words", database.Engine.Words(words)), ("project", projectId)).DistinctBy(f => f.Conversation).Take(take).ToList();
    }

    /// <summary>What of an item can be found.</summary>
    public static string TextOf(OutputItem item) => item.Type == "message" ? string.Concat(item.Content?.Select(p => p.Text) ?? []) : item.Output ?? "";

    /// <summary>The first of the words with what stands around it.</summary>
    public static string Around(string text, string asked)
    {
        var line = text.ReplaceLineEndings(" ");
        var folded = Fold(line);
        var at = Words(asked).Select(w => folded.IndexOf(w, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(0).Min();
        var from = at <= Before ? 0 : line.IndexOf(' ', at - Before) is var space && space >= 0 && space < at ? space + 1 : at;
        var part = line.Substring(from, Math.Min(Shown, line.Length - from));
        return (from > 0 ? "…" : "") + part.Trim() + (from + part.Length < line.Length ? "…" : "");
    }

    static IEnumerable<string> Words(string text)
    {
        var folded = Fold(text);
        for (var i = 0; i < folded.Length;)
        {
            var begin = i;
            while (i < folded.Length && char.IsLetterOrDigit(folded[i])) i++;
            if (i > begin) yield return folded[begin..i];
            else i++;
        }
    }

    /// <summary>Letters with accents to those without. The runtime's own tables are left out of this program, which is built without cultures.</summary>
    static readonly Dictionary<char, char> Plain = new[] { "aàáâãäåāăą", "cçćĉċč", "dď", "eèéêëēĕėęě", "gĝğġģ", "hĥ", "iìíîïĩīĭį", "jĵ", "kķ", "lĺļľ", "nñńņň", "oòóôõöōŏő", "rŕŗř", "sśŝşš", "tţť", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž" }
        .SelectMany(row => row.Skip(1).Select(accented => KeyValuePair.Create(accented, row[0]))).ToDictionary();

    /// <summary>Lower case without accents, of the same length.</summary>
    internal static string Fold(string text) => string.Create(text.Length, text, static (folded, text) =>
    {
        for (var i = 0; i < folded.Length; i++)
        {
            var c = char.ToLowerInvariant(text[i]);
            folded[i] = Plain.GetValueOrDefault(c, c);
        }
    });
}
