// Keys: only hashes are stored, one shown once, scopes and ends obeyed, changes of other processes seen at once, the former file taken over.

using System.Text;
using Maison.Api.Keys;
using Maison.Api.Store;
using Maison.Tests.Api.Store;

namespace Maison.Tests.Api;

public sealed class KeyStoreTests : IDisposable
{
    readonly List<IDisposable> open = [];
    readonly SetClock clock = new();

    public static TheoryData<string> Engines => StoreHome.Engines;

    T Kept<T>(T thing) where T : IDisposable
    {
        open.Add(thing);
        return thing;
    }

    KeyStore Store(string engine = "sqlite") => new(Kept(Kept(new StoreHome(engine)).Open()), clock);

    [Theory, MemberData(nameof(Engines))]
    public void FirstStartMakesOneKeyAndLaterStartsNone(string engine)
    {
        var store = Store(engine);
        var key = store.EnsureFirst(null);
        Assert.StartsWith("mk-", key);
        Assert.Equal(46, key!.Length);
        Assert.True(store.Accept(key)!.Admin);
        Assert.Null(store.EnsureFirst(null));
        Assert.Null(store.Accept(key[..^1]));
        Assert.Null(store.Accept(""));
    }

    [Fact]
    public void AGivenKeyIsAddedOnceAndJoinsOthers()
    {
        var store = Store();
        var first = store.EnsureFirst(null)!;
        Assert.Null(store.EnsureFirst("chosen"));
        Assert.Null(store.EnsureFirst("chosen"));
        Assert.NotNull(store.Accept("chosen"));
        Assert.NotNull(store.Accept(first));
        Assert.Equal(2, store.Keys.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("clé")]
    public void AGivenKeyThatNoHeaderCarriesIsRefused(string key)
        => Assert.Contains("MAISON_API_KEY", Assert.Throws<ArgumentException>(() => Store().EnsureFirst(key)).Message);

    [Fact]
    public void TheStoreHoldsNoKeyOnlySaltedHashes()
    {
        var home = Kept(new StoreHome());
        using (var database = home.Open()) new KeyStore(database, clock).EnsureFirst("chosen-key-value");
        foreach (var file in Directory.GetFiles(home.Path)) Assert.DoesNotContain("chosen-key-value", Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        using var again = home.Open();
        var (salt, hash) = again.Read(s => s.First("SELECT salt, hash FROM key_secrets", r => (r.Text(0), r.Text(1))));
        Assert.Equal((16, 32), (Convert.FromBase64String(salt).Length, Convert.FromBase64String(hash).Length));
        Assert.NotEqual(salt, Secret.Of("k", "chosen-key-value").Salt.ToString());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task LastUseIsKeptToTheMinute(string engine)
    {
        var home = Kept(new StoreHome(engine));
        var database = Kept(home.Open());
        var store = new KeyStore(database, clock);
        var key = store.EnsureFirst(null)!;
        store.Accept(key);
        var first = clock.Now;
        Assert.Equal(first, await LastUsed());
        clock.Now += TimeSpan.FromSeconds(59);
        store.Accept(key);
        Assert.Equal(first, await LastUsed());
        clock.Now += TimeSpan.FromSeconds(1);
        store.Accept(key);
        Assert.Equal(clock.Now, await LastUsed());

        async Task<DateTimeOffset?> LastUsed()
        {
            await database.Write(_ => true);                            // what was written before it is there now
            return database.Read(s => s.First("SELECT last_used FROM keys", r => r.TimeOrNull(0)));
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public void TwoStoresOfOneHomeSeeEachOthersChanges(string engine)
    {
        var home = Kept(new StoreHome(engine));
        var (server, terminal) = (new KeyStore(Kept(home.Open()), clock), new KeyStore(Kept(home.Open()), clock));
        var first = server.EnsureFirst(null)!;
        var (second, value) = terminal.Create(new() { Name = "second" }, AuditLog.Terminal);
        Assert.NotNull(server.Accept(first));
        Assert.NotNull(server.Accept(value));
        terminal.Change(second.Id, k => k with { Scope = new(Models: ["a"]) }, AuditLog.Terminal);
        Assert.Equal(["a"], server.Accept(value)!.Scope.Models);
        Assert.True(terminal.Revoke(second.Id, AuditLog.Terminal));
        Assert.Null(server.Accept(value));
        Assert.False(terminal.Revoke(second.Id, AuditLog.Terminal));
        Assert.False(terminal.Revoke("key_unknown", AuditLog.Terminal));
        Assert.Null(terminal.Change(second.Id, k => k, AuditLog.Terminal));
    }

    [Fact]
    public void EverythingOfAKeyIsKept()
    {
        var store = Store();
        var project = store.CreateProject("lab", new(BudgetMonth: 9), "tester");
        var wanted = new NewKey
        {
            Name = "all",
            ProjectId = project.Id,
            Expires = clock.Now.AddDays(1),
            Admin = true,
            Scope = new(["m*", "n"], ["/v1/chat/completions"], ["text"]),
            Limits = new(1, 2, 3, 4),
            MaskPersonalData = false,
        };
        var (key, value) = store.Create(wanted, "tester");
        var read = store.Accept(value)!;
        Assert.Equivalent(key with { LastUsed = clock.Now }, read, strict: true);
        Assert.True(read.Scope.OpensModel("maison") && read.Scope.OpensModel("n") && !read.Scope.OpensModel("x"));
        Assert.True(read.Scope.OpensRoute("/v1/chat/completions") && !read.Scope.OpensRoute("/v1/models"));
        Assert.False(read.Scope.OpensModality("image"));
    }

    [Fact]
    public void ExpiryRotationAndArchivedProjectsEndAValue()
    {
        var store = Store();
        var project = store.CreateProject("lab", new(), "tester");
        var (key, old) = store.Create(new() { Name = "k", ProjectId = project.Id, Expires = clock.Now.AddHours(10) }, "tester");
        var fresh = store.Rotate(key.Id, TimeSpan.FromHours(1), "tester")!;
        Assert.Equal(key.Id, store.Accept(old)!.Id);
        Assert.Equal(key.Id, store.Accept(fresh)!.Id);
        clock.Now += TimeSpan.FromHours(1);
        Assert.Null(store.Accept(old));
        Assert.NotNull(store.Accept(fresh));
        var last = store.Rotate(key.Id, TimeSpan.Zero, "tester")!;
        Assert.Null(store.Accept(fresh));
        store.ChangeProject(project.Id, p => p with { Archived = clock.Now }, "tester");
        Assert.Null(store.Accept(last));
        store.ChangeProject(project.Id, p => p with { Archived = null }, "tester");
        Assert.NotNull(store.Accept(last));
        clock.Now += TimeSpan.FromHours(10);
        Assert.Null(store.Accept(last));
        Assert.Null(store.Rotate("key_unknown", TimeSpan.Zero, "tester"));
    }

    [Theory]
    [InlineData("models"), InlineData("routes"), InlineData("modalities"), InlineData("name"), InlineData("requests_per_minute"), InlineData("budget_day"), InlineData("project")]
    public void WhatCanNotBeIsRefusedByName(string field)
    {
        var store = Store();
        var wanted = new NewKey { Name = "k" };
        wanted = field switch
        {
            "models" => wanted with { Scope = new(Models: []) },
            "routes" => wanted with { Scope = new(Routes: ["v1"]) },
            "modalities" => wanted with { Scope = new(Modalities: ["smell"]) },
            "name" => wanted with { Name = " " },
            "requests_per_minute" => wanted with { Limits = new(RequestsPerMinute: 0) },
            "budget_day" => wanted with { Limits = new(BudgetDay: -1) },
            _ => wanted with { ProjectId = "proj_unknown" },
        };
        Assert.Contains(field, Assert.Throws<ArgumentException>(() => store.Create(wanted, "tester")).Message);
        Assert.Empty(store.Keys);
    }

    [Fact]
    public void NamesOfLogLinesKeepTheOrderOfTheirMaking()
    {
        var names = Enumerable.Range(0, 1000).Select(_ => Ids.InTime("audit")).ToArray();
        Assert.Equal(names, names.Order(StringComparer.Ordinal).Distinct());
    }

    [Fact]
    public void EveryActIsInTheLogWithItsActor()
    {
        var home = Kept(new StoreHome());
        var database = Kept(home.Open());
        var store = new KeyStore(database, clock);
        var (key, _) = store.Create(new() { Name = "k" }, "key_admin");
        store.Change(key.Id, k => k with { Limits = new(BudgetDay: 5) }, "key_admin");
        store.Rotate(key.Id, TimeSpan.Zero, "key_admin");
        store.Revoke(key.Id, "terminal");
        store.ChangeProject(store.CreateProject("lab", new(), "terminal").Id, p => p with { Archived = clock.Now }, "terminal");
        var log = new AuditLog(database).Newest(10);
        Assert.Equal(["project.archived", "project.created", "api_key.deleted", "api_key.rotated", "api_key.updated", "api_key.created"], log.Select(e => e.Action));
        Assert.Equal("key_admin", log[^1].Actor);
        Assert.Equal(key.Id, log[^1].Target);
        Assert.Contains("5 µ€/day", log[^2].Detail);
        Assert.Equal(log.Skip(2).Take(2), new AuditLog(database).Newest(2, after: log[1].Id));
    }

    const string Former = """
        {"keys":[
          {"id":"key_1","name":"first","salt":"AAAAAAAAAAAAAAAAAAAAAA==","hash":"SALTED","created":"2026-01-01T00:00:00+00:00","last_used":"2026-02-01T00:00:00+00:00"},
          {"id":"key_2","name":"cli","salt":"AAAAAAAAAAAAAAAAAAAAAA==","hash":"OTHER","created":"2026-01-02T00:00:00+00:00","last_used":null}]}
        """;

    static string WriteFormer(StoreHome home)
    {
        static string Hash(string value) => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData([.. new byte[16], .. Encoding.UTF8.GetBytes(value)]));
        var path = System.IO.Path.Combine(home.Path, "keys.json");
        File.WriteAllText(path, Former.Replace("SALTED", Hash("one")).Replace("OTHER", Hash("two")));
        return path;
    }

    [Theory, MemberData(nameof(Engines))]
    public void KeysOfTheFormerFileAreTakenOver(string engine)
    {
        var home = Kept(new StoreHome(engine));
        var path = WriteFormer(home);
        Assert.True(KeyFile.Exists(home.Path));
        var database = Kept(home.Open());
        KeyFile.MoveInto(database, home.Path);
        var store = new KeyStore(database, clock);
        Assert.True(store.Accept("one")!.Admin);
        Assert.False(store.Accept("two")!.Admin);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), store.Key("key_1")!.Created);
        Assert.False(File.Exists(path));
        Assert.True(File.Exists(path + ".moved"));
        Assert.Null(store.EnsureFirst(null));
    }

    [Fact]
    public void AMoveThatWasInterruptedIsFinishedWithoutUndoingWhatCameAfter()
    {
        var home = Kept(new StoreHome());
        var path = WriteFormer(home);
        var database = Kept(home.Open());
        KeyFile.MoveInto(database, home.Path);
        var store = new KeyStore(database, clock);
        store.Revoke("key_2", "terminal");
        store.Rotate("key_1", TimeSpan.Zero, "terminal");
        File.Move(path + ".moved", path);                               // as if the last step had not been reached
        KeyFile.MoveInto(database, home.Path);
        Assert.Equal(2, store.Keys.Count);
        Assert.Null(store.Accept("one"));
        Assert.Null(store.Accept("two"));
    }

    [Theory]
    [InlineData("{\"keys\":[{\"id\"")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""{"keys":[{"id":"a","name":"a","salt":"AA==","hash":"AA==","created":"2026-01-01T00:00:00Z"}]}""")]
    [InlineData("""{"keys":[{"id":"a","name":"a","salt":"?","hash":"?","created":"2026-01-01T00:00:00Z"}]}""")]
    public void ADamagedFormerFileIsReportedAndLeftAsItIs(string damaged)
    {
        var home = Kept(new StoreHome());
        var path = System.IO.Path.Combine(home.Path, "keys.json");
        File.WriteAllText(path, damaged);
        var database = Kept(home.Open());
        Assert.Contains("keys.json is damaged", Assert.Throws<InvalidDataException>(() => KeyFile.MoveInto(database, home.Path)).Message);
        Assert.Equal(damaged, File.ReadAllText(path));
        Assert.Empty(new KeyStore(database, clock).Keys);
    }

    public void Dispose()
    {
        for (var i = open.Count - 1; i >= 0; i--) open[i].Dispose();
    }
}

/// <summary>A clock that stands until it is set.</summary>
sealed class SetClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => Now.UtcTicks;
}
