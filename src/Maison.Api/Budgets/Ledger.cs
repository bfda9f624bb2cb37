// Money that is neither overspent nor choked. A request holds what it will probably take before it starts, asks for more while it runs, and
// settles what it took; the hold and the check are one write, so parallel requests can not spend the same micro-euro. What is only held by
// others is waited for, not refused: a refusal means that the money is spent. A hold has an owner; when that server is gone, whoever comes
// next books what the hold had used by its last sign of life and frees the rest. Before that sign a hold says nothing that could be lost, so
// it is set without waiting for the disk; so is what a key without a budget took, which a power cut may undo up to the last sign of life.
// What counts against a budget is on disk before it is acknowledged. Knows nothing about tokens, prices and HTTP.

using System.Globalization;
using Maison.Api.Keys;
using Maison.Api.Store;

namespace Maison.Api.Budgets;

/// <summary>An amount set aside for one running request.</summary>
public sealed class Hold
{
    long amount;

    internal string? Id { get; init; }
    public required ApiKey Key { get; init; }
    public required Project Project { get; init; }
    public required string Day { get; init; }
    public required string Month { get; init; }

    /// <summary>Micro-euros that the request may take without asking again; unlimited where no budget is set.</summary>
    public long Amount { get => Volatile.Read(ref amount); internal set => Volatile.Write(ref amount, value); }

    /// <summary>Micro-euros taken so far.</summary>
    public long Used { get; set; }

    /// <summary>Whether it can do nothing but wait for more.</summary>
    internal bool Waiting { get; set; }
    internal bool Limited => Id is not null;
}

/// <summary>A refusal: the budget that is spent.</summary>
/// <param name="Owner">"key" or "project".</param>
/// <param name="Period">"day" or "month".</param>
/// <param name="Limit">Micro-euros.</param>
/// <param name="Taken">Micro-euros spent.</param>
/// <param name="Held">Micro-euros that running requests hold; more than nothing only where waiting for them was in vain.</param>
/// <param name="Ends">When the next period begins.</param>
public sealed record Spent(string Owner, string Period, long Limit, long Taken, long Held, DateTimeOffset Ends);

/// <summary>The books of one store, as one server keeps them; safe from any thread.</summary>
public sealed class Ledger : IDisposable
{
    static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(250), Heartbeat = TimeSpan.FromSeconds(5);

    readonly Database database;
    readonly TimeProvider clock;
    readonly LedgerOwner owner;
    readonly ITimer heartbeat;
    readonly Lock gate = new();
    readonly HashSet<Hold> open = [];
    readonly Dictionary<string, Line> lines = [];
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Ledger(Database database, TimeProvider? clock = null)
    {
        (this.database, this.clock) = (database, clock ?? TimeProvider.System);
        owner = LedgerOwner.Register(database);
        heartbeat = this.clock.CreateTimer(_ => Beat(), null, Heartbeat, Heartbeat);
    }

    /// <summary>This server's name in the store, as long as it runs.</summary>
    public string ServerId => owner.Id;

    /// <summary>How long a request waits for money that others hold.</summary>
    public TimeSpan MostWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Sets money aside.</summary>
    /// <param name="least">What the request can not begin without.</param>
    /// <param name="wanted">What it will probably take; less is held when less is left.</param>
    /// <returns>The hold, or the budget that refuses it.</returns>
    public async Task<(Hold? Hold, Spent? Refusal)> Reserve(ApiKey key, Project project, long least, long wanted, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var (day, month) = (Day(now), Month(now));
        if (wanted == 0 || BudgetRows.Limits(key, project, day, month).Count == 0)
            return (new Hold { Key = key, Project = project, Day = day, Month = month, Amount = long.MaxValue }, null);

        Line line;
        lock (gate)
        {
            if (!lines.TryGetValue(key.Id, out line!)) lines[key.Id] = line = new();
            line.Users++;
        }
        try
        {
            // Whoever finds a line stands at its end; only its head asks again, so a thousand waiting requests cost no more than one.
            if (!line.Busy)
            {
                var (hold, refusal) = await Try(key, project, day, month, least, wanted);
                if (hold is not null || refusal is not null) return (hold, refusal);
            }
            await line.Head.WaitAsync(cancellation);
            line.Busy = true;
            try
            {
                var until = now + MostWait;
                while (true)
                {
                    var signal = Signal();
                    var (hold, refusal) = await Try(key, project, day, month, least, wanted, last: clock.GetUtcNow() >= until);
                    if (hold is not null || refusal is not null) return (hold, refusal);
                    await Changed(signal, cancellation);
                }
            }
            finally
            {
                line.Busy = line.Users > 1;
                line.Head.Release();
            }
        }
        finally
        {
            lock (gate)
                if (--line.Users == 0) lines.Remove(key.Id);
        }
    }

    async Task<(Hold? Hold, Spent? Refusal)> Try(ApiKey key, Project project, string day, string month, long least, long wanted, bool last = false)
    {
        var hold = new Hold { Id = Ids.New("hold"), Key = key, Project = project, Day = day, Month = month };
        // A request that already runs comes before one that has not begun.
        bool mayTake;
        lock (gate) mayTake = last || !open.Any(h => h.Waiting && (h.Key.Id == key.Id || h.Project.Id == project.Id));
        var (taken, refusal) = await database.Write(session =>
        {
            var limits = BudgetRows.Read(session, BudgetRows.Limits(key, project, day, month));
            foreach (var l in limits)
                if (l.Limit - l.Spent < least || (last && l.Left < least))
                    return (false, new Spent(l.Owner, l.Period, l.Limit, l.Spent, l.Held, l.Period == "day" ? NextDay() : NextMonth()));
            var left = limits.Min(l => l.Left);
            if (left < least || !mayTake) return (false, (Spent?)null);
            hold.Amount = Math.Min(Math.Max(wanted, least), left);
            BudgetRows.Insert(session, hold, owner.Id);
            return (true, null);
        }, synced: false);
        if (!taken) return (null, refusal);
        lock (gate) open.Add(hold);
        return (hold, null);
    }

    /// <summary>Asks for more while a request runs; waits while others may still give money back.</summary>
    /// <param name="need">What the next step takes beyond the hold.</param>
    /// <param name="wanted">What all the rest will probably take.</param>
    /// <returns>False when the budget is at its end: the request has to stop.</returns>
    public async Task<bool> Extend(Hold hold, long need, long wanted, CancellationToken cancellation)
    {
        if (!hold.Limited) return true;
        var until = clock.GetUtcNow() + MostWait;
        while (true)
        {
            var signal = Signal();
            var used = hold.Used;
            var (more, ownLimit) = await database.Write(session =>
            {
                var limits = BudgetRows.Read(session, BudgetRows.Limits(hold.Key, hold.Project, hold.Day, hold.Month));
                // Limits may have been taken away since the request began.
                var left = limits.Count == 0 ? long.MaxValue / 4 : limits.Min(l => l.Left);
                if (left < need) return (0L, limits.Any(l => l.Owner == "key" && l.Left < need));
                var granted = Math.Min(Math.Max(wanted, need), left);
                BudgetRows.Grow(session, hold, granted, used);
                return (granted, false);
            });
            bool begins;
            lock (gate)
            {
                if (more > 0)
                {
                    hold.Amount += more;
                    hold.Waiting = false;
                    return true;
                }
                begins = !hold.Waiting;
                hold.Waiting = true;
                var someoneRuns = open.Any(h => !h.Waiting && (ownLimit ? h.Key.Id == hold.Key.Id : h.Project.Id == hold.Project.Id));
                if (!someoneRuns || clock.GetUtcNow() >= until)
                {
                    // It stops now, and those that wait with it look again after it has settled.
                    hold.Waiting = false;
                    return false;
                }
            }
            // Those that wait already hear that one more does: there may be nobody left to wait for. Told once, or they would wake each other for ever.
            if (begins) Pulse();
            await Changed(begins ? Signal() : signal, cancellation);
        }
    }

    /// <summary>Books what was taken and frees the rest, together with the usage that explains it.</summary>
    /// <param name="cost">Micro-euros; never more than the hold.</param>
    public async Task Settle(Hold hold, long cost, Action<Session> usage)
    {
        if (cost > hold.Amount) throw new ArgumentException($"{cost} µ€ are to be settled of a hold of {hold.Amount}.");
        try
        {
            await database.Write(session =>
            {
                BudgetRows.Settle(session, hold, cost);
                usage(session);
                return true;
            }, synced: hold.Limited);
        }
        finally
        {
            lock (gate) open.Remove(hold);
            Pulse();
        }
    }

    /// <summary>What a key or a project has spent and holds in the current day and month.</summary>
    /// <param name="owner">"key" or "project".</param>
    public ((long Spent, long Held) Day, (long Spent, long Held) Month) Now(string owner, string id)
    {
        var now = clock.GetUtcNow();
        return database.Read(session => (BudgetRows.Read(session, BudgetRows.Scope(owner, id), Day(now)), BudgetRows.Read(session, BudgetRows.Scope(owner, id), Month(now))));
    }

    void Beat()
    {
        List<(string Id, long Used)> running;
        lock (gate) running = [.. open.Where(h => h.Limited).Select(h => (h.Id!, h.Used))];
        try
        {
            _ = database.Write(session =>
            {
                owner.Beat(session);
                foreach (var (id, used) in running) session.Run("UPDATE holds SET used = @used WHERE id = @id AND used < @used", ("id", id), ("used", used));
                return true;
            }).ContinueWith(t => { if (t.IsFaulted) _ = t.Exception; else Pulse(); }, TaskScheduler.Default);
        }
        catch (ObjectDisposedException)
        {
            // The store was closed while the timer rang.
        }
    }

    Task Signal()
    {
        lock (gate) return changed.Task;
    }

    static async Task Changed(Task signal, CancellationToken cancellation) => await Task.WhenAny(signal, Task.Delay(Recheck, cancellation)).Unwrap();

    void Pulse()
    {
        TaskCompletionSource before;
        lock (gate) (before, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        before.TrySetResult();
    }

    DateTimeOffset NextDay() => new(clock.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero);

    DateTimeOffset NextMonth()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
    }

    internal static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Month(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        heartbeat.Dispose();
        owner.Leave();
    }

    /// <summary>Requests of one key that wait for money.</summary>
    sealed class Line
    {
        public SemaphoreSlim Head { get; } = new(1);
        public int Users;
        public volatile bool Busy;
    }
}
