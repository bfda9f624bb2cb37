// Keys: only hashes on disk, one shown once, nothing lost when two processes write, damage reported and left alone.

using System.Text.Json;
using Maison.Api.Keys;

namespace Maison.Tests.Api;

public sealed class KeyStoreTests : IDisposable
{
    readonly TempFolder home = new();
    readonly SetClock clock = new();

    (KeyStore Store, string? NewKey) Open(string? given = null) => KeyStore.OpenOrCreate(home.Path, given, clock);

    [Fact]
    public void FirstStartMakesOneKeyAndLaterStartsNone()
    {
        var (store, key) = Open();
        Assert.StartsWith("mk-", key);
        Assert.Equal(46, key!.Length);
        Assert.True(store.Accepts(key));
        var (again, none) = Open();
        Assert.Null(none);
        Assert.True(again.Accepts(key));
        Assert.False(again.Accepts(key[..^1]));
        Assert.False(again.Accepts(""));
    }

    [Fact]
    public void AGivenKeyIsTheFirstAndIsAddedOnce()
    {
        Assert.Null(Open("chosen").NewKey);
        var (store, none) = Open("chosen");
        Assert.Null(none);
        Assert.True(store.Accepts("chosen"));
        Assert.Single(store.Keys);
    }

    [Fact]
    public void AGivenKeyJoinsAnExistingStore()
    {
        var first = Open().NewKey!;
        var (store, _) = Open("chosen");
        Assert.True(store.Accepts(first));
        Assert.True(store.Accepts("chosen"));
        Assert.Equal(2, store.Keys.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("clé")]
    public void AGivenKeyThatNoHeaderCarriesIsRefused(string key)
        => Assert.Contains("MAISON_API_KEY", Assert.Throws<ArgumentException>(() => Open(key)).Message);

    [Fact]
    public void TheFileHoldsNoKeyOnlySaltedHashes()
    {
        Open("chosen");
        var text = File.ReadAllText(home.File("keys.json"));
        Assert.DoesNotContain("chosen", text);
        var entry = JsonDocument.Parse(text).RootElement.GetProperty("keys")[0];
        Assert.Equal(["id", "name", "salt", "hash", "created", "last_used"], entry.EnumerateObject().Select(p => p.Name));
        Assert.Equal(32, entry.GetProperty("hash").GetBytesFromBase64().Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(home.File("keys.json")));
    }

    [Fact]
    public void EqualKeysHaveDifferentHashes()
    {
        var (store, _) = Open("chosen");
        using var other = new TempFolder();
        var (twin, _) = KeyStore.OpenOrCreate(other.Path, "chosen");
        Assert.NotEqual(store.Keys[0].Hash, twin.Keys[0].Hash);
    }

    [Fact]
    public void LastUseIsKeptToTheMinute()
    {
        var (store, key) = Open();
        store.Accepts(key!);
        var first = clock.Now;
        Assert.Equal(first, Open().Store.Keys[0].LastUsed);
        clock.Now += TimeSpan.FromSeconds(59);
        store.Accepts(key!);
        Assert.Equal(first, Open().Store.Keys[0].LastUsed);
        clock.Now += TimeSpan.FromSeconds(1);
        store.Accepts(key!);
        Assert.Equal(clock.Now, Open().Store.Keys[0].LastUsed);
    }

    [Fact]
    public void TwoStoresOfOneFolderSeeEachOthersKeys()
    {
        var (server, first) = Open();
        var (terminal, _) = Open();
        var second = terminal.Create("second");
        clock.Now += TimeSpan.FromHours(1);
        Assert.True(server.Accepts(first!));
        Assert.True(server.Accepts(second));
        Assert.Equal(2, Open().Store.Keys.Count);
        Assert.True(terminal.Revoke(terminal.Keys.Single(k => k.Name == "second").Id));
        Assert.False(server.Accepts(second));
        Assert.False(terminal.Revoke("key_unknown"));
    }

    [Fact]
    public void ParallelWritersLoseNothing()
    {
        Open();
        var made = new string[8];
        Parallel.For(0, made.Length, i => made[i] = Open().Store.Create($"key {i}"));
        var (store, _) = Open();
        Assert.Equal(1 + made.Length, store.Keys.Count);
        Assert.All(made, key => Assert.True(store.Accepts(key)));
    }

    [Theory]
    [InlineData("{\"keys\":[{\"id\"")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""{"keys":[{"id":"a","name":"a","salt":"AA==","hash":"AA==","created":"2026-01-01T00:00:00Z"}]}""")]
    [InlineData("""{"keys":[{"id":"a","name":"a","salt":"?","hash":"?","created":"2026-01-01T00:00:00Z"}]}""")]
    public void ADamagedFileIsReportedAndLeftAsItIs(string damaged)
    {
        File.WriteAllText(home.File("keys.json"), damaged);
        var error = Assert.Throws<InvalidDataException>(() => Open("chosen"));
        Assert.Contains("keys.json is damaged", error.Message);
        Assert.Equal(damaged, File.ReadAllText(home.File("keys.json")));
    }

    public void Dispose() => home.Dispose();

    sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
