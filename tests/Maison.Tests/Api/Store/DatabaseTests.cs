// The store's promises, the same in both engines: all or nothing, one writer, what was answered is there after a kill.

using Maison.Api.Store;

namespace Maison.Tests.Api.Store;

public sealed class DatabaseTests
{
    public static TheoryData<string> Engines => StoreHome.Engines;

    static int Insert(Session s, string id) => s.Run("INSERT INTO projects (id, name, created) VALUES (@id, @id, 0)", ("id", id));

    static long Count(Database database) => database.Read(s => s.First("SELECT count(*) FROM projects WHERE id <> 'proj_default'", r => r.Whole(0)));

    [Theory, MemberData(nameof(Engines))]
    public async Task WorkThatFailsChangesNothingAndLeavesItsNeighboursAlone(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        // The first piece holds the writer, so that the others share one transaction.
        var gate = new ManualResetEventSlim();
        var first = database.Write(s => { gate.Wait(); return Insert(s, "a"); });
        var second = database.Write(s => Insert(s, "b"));
        var bad = database.Write<int>(s => { Insert(s, "c"); throw new InvalidOperationException("no"); });
        var twice = database.Write(s => { Insert(s, "d"); return Insert(s, "a"); });
        var last = database.Write(s => Insert(s, "e"));
        gate.Set();
        await Task.WhenAll(first, second, last);
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => twice);
        Assert.Equal(["a", "b", "e"], database.Read(s => s.Rows("SELECT id FROM projects WHERE id <> 'proj_default' ORDER BY id", r => r.Text(0))));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task ParallelWritersOfSeveralStoresLoseNothing(string engine)
    {
        using var home = new StoreHome(engine);
        using (home.Open()) { }
        var stores = Enumerable.Range(0, 3).Select(_ => home.Open()).ToList();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => stores[i % 3].Write(s => s.Run("UPDATE revision SET number = number + 1"))));
        Assert.Equal(300, stores[0].Read(s => s.First("SELECT number FROM revision", r => r.Whole(0))));
        foreach (var store in stores) store.Dispose();
    }

    [Theory, MemberData(nameof(Engines))]
    public void OpeningAgainKeepsEverythingAndAppliesNothingTwice(string engine)
    {
        using var home = new StoreHome(engine);
        using (var database = home.Open()) database.WriteNow(s => Insert(s, "kept"));
        using var again = home.Open();
        Assert.Equal(1, Count(again));
        Assert.Equal(Migrations.All.Select(m => m.Number), again.Read(s => s.Rows("SELECT number FROM migrations ORDER BY number", r => r.Whole(0))));
    }

    [Theory, MemberData(nameof(Engines))]
    public void AStoreOfANewerVersionIsRefusedAndLeftAsItIs(string engine)
    {
        using var home = new StoreHome(engine);
        using (var database = home.Open()) database.WriteNow(s => s.Run("INSERT INTO migrations VALUES (9999, 'later', 0)"));
        Assert.Contains("newer version", Assert.Throws<InvalidDataException>(home.Open).Message);
    }

    [Fact]
    public void NumbersOfMigrationsCountUp()
        => Assert.Equal(Enumerable.Range(1, Migrations.All.Count).Select(n => (long)n), Migrations.All.Select(m => m.Number));

    [Fact]
    public void ADamagedFileIsReportedAndLeftAsItIs()
    {
        using var home = new StoreHome();
        var path = Path.Combine(home.Path, Database.FileName);
        var damaged = string.Concat(Enumerable.Repeat("this is no database ", 100));
        File.WriteAllText(path, damaged);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(home.Open).Message);
        Assert.Equal(damaged, File.ReadAllText(path));
    }

    [Fact]
    public void TheFileIsItsOwnersAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        using var home = new StoreHome();
        using var database = home.Open();
        database.WriteNow(s => Insert(s, "a"));
        foreach (var file in Directory.GetFiles(home.Path)) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void AServerThatIsNotThereIsNamedWithoutItsPassword()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<InvalidDataException>(() => Database.Open(folder.Path, "Host=127.0.0.1;Port=1;Database=maison;Username=u;Password=secret;Timeout=2"));
        Assert.Contains("MAISON_STORE", error.Message);
        Assert.DoesNotContain("secret", error.Message);
        Assert.Contains("MAISON_STORE", Assert.Throws<InvalidDataException>(() => Database.Open(folder.Path, "nonsense")).Message);
    }
}
