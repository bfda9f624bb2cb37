// The law of money: whatever runs in parallel, whatever is cancelled or killed, never a micro-euro over the budget, never refused while more
// than a twentieth of it is left, and nothing held when all is over.

using System.Diagnostics;
using Maison.Api.Budgets;
using Maison.Api.Keys;
using Maison.Api.Store;
using Maison.Tests.Api.Store;

namespace Maison.Tests.Api.Budgets;

public sealed class LedgerTests
{
    const string HomeVariable = "MAISON_TEST_LEDGER_HOME", Acknowledged = "acknowledged";

    public static TheoryData<string> Engines => StoreHome.Engines;

    static (ApiKey Key, Project Project) Make(KeyStore store, long? keyDay = null, long? projectMonth = null)
    {
        var project = store.CreateProject("law", new(BudgetMonth: projectMonth), "tester");
        return (store.Create(new() { Name = "law", ProjectId = project.Id, Limits = new(BudgetDay: keyDay) }, "tester").Key, project);
    }

    /// <summary>One call: holds a guess, takes what it takes in steps, may be cancelled, settles.</summary>
    static async Task<(long Taken, bool Refused)> Call(Ledger ledger, ApiKey key, Project project, Random random)
    {
        var (will, guess, cancelled) = (random.Next(20, 300), random.Next(20, 300), random.Next(10) == 0);
        var (hold, refusal) = await ledger.Reserve(key, project, least: 10, wanted: guess, CancellationToken.None);
        if (hold is null) return (0, refusal is not null);
        var (taken, cut) = (0L, false);
        while (taken < will && !(cancelled && taken > will / 2))
        {
            var step = Math.Min(10, will - taken);
            if (taken + step > hold.Amount && !await ledger.Extend(hold, taken + step - hold.Amount, will - hold.Amount, CancellationToken.None))
            {
                cut = true;
                break;
            }
            taken += step;
            hold.Used = taken;
            if (random.Next(3) == 0) await Task.Yield();
        }
        await ledger.Settle(hold, taken, _ => { });
        return (taken, cut);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task AThousandParallelCallsNeitherOverspendNorChoke(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        const long budget = 60_000;                                     // the thousand calls would take about 160,000
        var (key, project) = Make(new KeyStore(database), keyDay: budget);
        using var ledger = new Ledger(database);
        var calls = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Task.Run(() => Call(ledger, key, project, new Random(i)))));
        var (spent, held) = ledger.Now("key", key.Id).Day;
        Assert.Equal(calls.Sum(c => c.Taken), spent);
        Assert.True(spent <= budget, $"{spent} of {budget}");
        Assert.Contains(calls, c => c.Refused);
        Assert.True(spent >= budget * 95 / 100, $"calls were refused with {spent} of {budget} spent");
        Assert.Equal(0, held);
        Assert.Equal((spent, 0), ledger.Now("project", project.Id).Month);
        Assert.Equal(0, database.Read(s => s.First("SELECT count(*) FROM holds", r => r.Whole(0))));
    }

    [Fact]
    public async Task KeysOfOneProjectShareItsBudget()
    {
        using var home = new StoreHome();
        using var database = home.Open();
        var store = new KeyStore(database);
        var (first, project) = Make(store, projectMonth: 10_000);
        var second = store.Create(new() { Name = "second", ProjectId = project.Id }, "tester").Key;
        using var ledger = new Ledger(database);
        var calls = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => Call(ledger, i % 2 == 0 ? first : second, project, new Random(i)))));
        var (spent, held) = ledger.Now("project", project.Id).Month;
        Assert.InRange(spent, 9_500, 10_000);
        Assert.Equal((0, calls.Sum(c => c.Taken)), (held, spent));
        Assert.Equal(spent, ledger.Now("key", first.Id).Day.Spent + ledger.Now("key", second.Id).Day.Spent);
    }

    [Fact]
    public async Task ASpentBudgetIsRefusedWithItsEndAndBeginsAnew()
    {
        using var home = new StoreHome();
        using var database = home.Open();
        var clock = new SetClock();
        var (key, project) = Make(new KeyStore(database, clock), keyDay: 100);
        using var ledger = new Ledger(database, clock);
        var (hold, _) = await ledger.Reserve(key, project, 10, 100, default);
        await ledger.Settle(hold!, 95, _ => { });
        var (none, refusal) = await ledger.Reserve(key, project, 10, 10, default);
        Assert.Null(none);
        Assert.Equal(new Spent("key", "day", 100, 95, 0, new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero)), refusal);
        clock.Now += TimeSpan.FromHours(16);
        Assert.Equal(10, (await ledger.Reserve(key, project, 10, 10, default)).Hold!.Amount);
    }

    [Fact]
    public async Task WhatOthersHoldIsWaitedForNotRefused()
    {
        using var home = new StoreHome();
        using var database = home.Open();
        var (key, project) = Make(new KeyStore(database), keyDay: 100);
        using var ledger = new Ledger(database);
        var (hold, _) = await ledger.Reserve(key, project, 10, 100, default);
        var waiting = ledger.Reserve(key, project, 50, 50, default);
        Assert.False(waiting.IsCompleted);
        await ledger.Settle(hold!, 20, _ => { });
        Assert.Equal(50, (await waiting).Hold!.Amount);
    }

    [Fact]
    public async Task HoldsOfASilentServerAreBookedAndFreed()
    {
        using var home = new StoreHome();
        using var database = home.Open();
        var (key, project) = Make(new KeyStore(database), keyDay: 100);
        var gone = new Ledger(database);
        var (hold, _) = await gone.Reserve(key, project, 10, 60, default);
        hold!.Used = 20;
        await gone.Extend(hold, 5, 5, default);                         // writes how far it came
        await database.Write(s => s.Run("UPDATE servers SET host = 'elsewhere', seen = 0"));
        using var next = new Ledger(database);
        Assert.Equal((20, 0), next.Now("key", key.Id).Day);
        // It was only slow: what it settles now is booked, and nothing is freed twice.
        await gone.Settle(hold, 30, _ => { });
        Assert.Equal((50, 0), next.Now("key", key.Id).Day);
        gone.Dispose();
    }

    /// <summary>Runs in a child process until it is killed.</summary>
    [Fact]
    public async Task SpendUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is not { Length: > 0 } folder) return;
        using var database = Database.Open(folder);
        var store = new KeyStore(database);
        using var ledger = new Ledger(database);
        var (key, project) = (store.Keys.Single(), store.Projects.Single(p => p.Name == "law"));
        await using var log = new StreamWriter(Path.Combine(folder, Acknowledged)) { AutoFlush = true };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var random = new Random(i); ;)
            {
                var (taken, _) = await Call(ledger, key, project, random);
                lock (log) log.WriteLine(taken);
            }
        })));
    }

    [Theory, InlineData(1_000_000_000L), InlineData(null)]
    public async Task AKilledServerLosesNothingThatWasAcknowledgedAndHoldsNothing(long? budget)
    {
        using var home = new StoreHome();
        string keyId;
        using (var database = home.Open()) keyId = Make(new KeyStore(database), keyDay: budget).Key.Id;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(LedgerTests).Assembly.Location, "-method", $"{typeof(LedgerTests).FullName}.{nameof(SpendUntilKilled)}" }) start.ArgumentList.Add(argument);
        start.Environment[HomeVariable] = home.Path;
        using (var child = Process.Start(start)!)
        {
            var log = Path.Combine(home.Path, Acknowledged);
            while (!File.Exists(log) || new FileInfo(log).Length < 200)
            {
                Assert.False(child.HasExited, "the child ended by itself");
                await Task.Delay(20);
            }
            child.Kill();                                               // SIGKILL
            await child.WaitForExitAsync();
        }
        using var after = home.Open();
        var (spentBefore, heldBefore) = after.Read(s => BudgetRows.Read(s, $"key:{keyId}", Ledger.Day(DateTimeOffset.UtcNow)));
        var acknowledged = File.ReadAllText(Path.Combine(home.Path, Acknowledged)).Split('\n')[..^1].Sum(long.Parse);
        Assert.InRange(acknowledged, 1, spentBefore);
        using var ledger = new Ledger(after);
        Assert.Equal(0, ledger.Now("key", keyId).Day.Held);
        Assert.InRange(ledger.Now("key", keyId).Day.Spent, spentBefore, spentBefore + heldBefore);
        Assert.Equal(0, after.Read(s => s.First("SELECT count(*) FROM holds", r => r.Whole(0))));
    }
}
