// Conversations of a store from before branches and search come out as they went in, and are found, in either engine.

using Maison.Api.Conversations;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Tests.Api.Store;

public sealed class ConversationUpgradeTests
{
    const int LastBefore = 6;

    public static TheoryData<string> Engines => StoreHome.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task OldConversationsKeepTheirOrderAndAreFound(string engine)
    {
        using var home = new StoreHome(engine);
        using (var connection = (engine == "sqlite" ? (Engine)new SqliteEngine(Path.Combine(home.Path, Database.FileName)) : new PostgresEngine(home.Postgres!)).Open())
        {
            var session = new Session(connection);
            session.Run("CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)");
            foreach (var (number, name, sql) in Migrations.All.Take(LastBefore))
            {
                session.Run(sql(engine));
                session.Run("INSERT INTO migrations VALUES (@number, @name, 0)", ("number", number), ("name", name));
            }
            session.Run("""INSERT INTO conversations VALUES ('conv_1', 'p', 1000, '{"title":"Été"}')""");
            foreach (var (at, text) in new[] { (1L, "one"), (2L, "two"), (3L, "three") })
                session.Run("INSERT INTO conversation_items VALUES ('conv_1', @at, @id, 2000, @body)",
                    ("at", at), ("id", $"msg_{at}"), ("body", $$"""{"id":"msg_{{at}}","type":"message","status":"completed","role":"user","content":[{"type":"input_text","text":"{{text}}"}]}"""));
        }
        using var database = home.Open();
        var store = new ConversationStore(database, TimeProvider.System);
        Assert.Equal("msg_3", store.Find("p", "conv_1")!.Head);
        Assert.Equal(["one", "two", "three"], store.Items("conv_1", "msg_3", null, newestFirst: false, 10)!.Select(i => i.Content![0].Text));
        Assert.Equal("msg_2", store.Search("p", "TWO", 10).Single().Match!.ItemId);
        Assert.Equal("conv_1", store.Search("p", "ete", 10).Single().Id);
        Assert.True(await store.Add("p", "conv_1", "msg_1", [new() { Id = "msg_4", Type = "message", Role = "user", Content = [new() { Type = "input_text", Text = "another" }] }]));
        Assert.Equal(["another", "one"], store.Items("conv_1", "msg_4", null, newestFirst: true, 10)!.Select(i => i.Content![0].Text));
        Assert.Equal("msg_3", (await store.Turn("p", "conv_1", "msg_2"))!.Head);
    }
}
