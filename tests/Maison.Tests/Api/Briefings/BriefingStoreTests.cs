// Briefings in both engines of the store: a slot is made once, what a dead server had begun is claimed again, feedback fades, feeds are kept.

using Maison.Api.Briefings;
using Maison.Api.Briefings.Sources;
using Maison.Api.Gateway;
using Maison.Tests.Api.Store;
using Maison.Wire;

namespace Maison.Tests.Api.Briefings;

public sealed class BriefingStoreTests
{
    public static TheoryData<string> Engines => StoreHome.Engines;

    static BriefingBody Body(string id) => new() { Id = id, CreatedAt = 1, Status = "queued", Title = "T", Date = "2026-11-26", Length = "brief", Hosts = 1 };

    [Theory, MemberData(nameof(Engines))]
    public async Task ABriefingLivesInTheStore(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        var clock = new TurnedClock();
        var store = new BriefingStore(database, new SecretBox(home.Path, null), clock);
        var request = new BriefingRequest { Feeds = ["https://a.example/feed"] };
        Assert.NotNull(await store.Add("p", "k", "show", "show@1", request, Body("one")));
        Assert.Null(await store.Add("p", "k", "show", "show@1", request, Body("two")));
        Assert.NotNull(await store.Add("p", "k", null, null, request, Body("three")));

        // A server that is not alive in the store claims it: the next one may claim it again.
        Assert.Equal("one", (await store.Claim("gone"))!.Id);
        Assert.Equal("one", (await store.Claim("gone, too"))!.Id);
        var done = Body("one") with { Status = "completed", Chapters = [new(0, "Story", 0, 9, ["Bell"], []) { Terms = ["harbour", "wall"] }] };
        Assert.True(await store.End(done, "file-1"));
        var found = store.Find("p", "one")!;
        Assert.Equal(("completed", "file-1", "show"), (found.Body.Status, found.FileId, found.ShowId));
        Assert.Null(store.Find("other", "one"));
        Assert.Equal(["one"], store.List("p", "show").Select(b => b.Id));
        Assert.Equal(2, store.List("p").Count);

        await store.Say(found, done.Chapters[0], "replay");
        await store.Say(found, done.Chapters[0], "skip");
        Assert.Equal("skip", store.Said("one")[0]);
        var now = store.Listener("p", []);
        Assert.True(now.Learnt["harbour"] < now.Learnt["wall"] && now.Learnt["wall"] < 0 && now.LearntPublishers["Bell"] < 0);
        clock.Now += TimeSpan.FromDays(14);
        Assert.Equal(now.Learnt["harbour"] / 2, store.Listener("p", []).Learnt["harbour"], 6);
        Assert.Empty(store.Listener("other", []).Learnt);

        Assert.True(await store.Delete("p", "one"));
        Assert.False(await store.Delete("p", "one"));
        Assert.False(await store.End(done, null));

        var show = await store.AddShow("p", "k", "Mornings", request);
        Assert.Equal(show.Id, store.ShowOf(store.Token(show))!.Id);
        Assert.Null(store.ShowOf("0123"));
        Assert.DoesNotContain(store.Token(show), show.SealedToken);
        Assert.True(await store.DeleteShow("p", show.Id));
        Assert.Empty(store.Shows(null));

        IFeedShelf shelf = store;
        Assert.Null(shelf.Find("https://a.example/feed"));
        await shelf.Keep("https://a.example/feed", new([1, 2], "utf-8", "\"e\"", null));
        await shelf.Keep("https://a.example/feed", new([3], null, "\"f\"", "Thu"));
        var kept = shelf.Find("https://a.example/feed")!;
        Assert.Equal((3, "\"f\"", "Thu", null), (kept.Bytes.Single(), kept.Etag, kept.Modified, kept.Charset));
    }

    sealed class TurnedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 26, 6, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
