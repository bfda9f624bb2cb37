// Budgets and holds as rows of the store. Spending is counted for every key and project, budget or not, so that a limit set in the middle of
// a month knows what went before.

using Maison.Api.Keys;
using Maison.Api.Store;

namespace Maison.Api.Budgets;

/// <summary>One limit that a request has to keep.</summary>
readonly record struct BudgetLimit(string Owner, string Period, string Scope, string Time, long Limit, long Spent = 0, long Held = 0)
{
    public long Left => Limit - Spent - Held;
}

/// <summary>The SQL of this folder.</summary>
static class BudgetRows
{
    public static string Scope(string owner, string id) => $"{owner}:{id}";

    /// <summary>The limits that a request of this key has to keep, at most four.</summary>
    public static List<BudgetLimit> Limits(ApiKey key, Project project, string day, string month)
    {
        var limits = new List<BudgetLimit>(4);
        Add("key", key.Id, key.Limits);
        Add("project", project.Id, project.Limits);
        return limits;

        void Add(string owner, string id, Limits of)
        {
            if (of.BudgetDay is { } d) limits.Add(new(owner, "day", Scope(owner, id), day, d));
            if (of.BudgetMonth is { } m) limits.Add(new(owner, "month", Scope(owner, id), month, m));
        }
    }

    public static List<BudgetLimit> Read(Session session, List<BudgetLimit> limits) => [.. limits.Select(l =>
    {
        var (spent, held) = Read(session, l.Scope, l.Time);
        return l with { Spent = spent, Held = held };
    })];

    public static (long Spent, long Held) Read(Session session, string scope, string period)
        => session.First("SELECT spent, held FROM budgets WHERE scope = @scope AND period = @period", r => (r.Whole(0), r.Whole(1)), ("scope", scope), ("period", period));

    public static void Insert(Session session, Hold hold, string server)
    {
        session.Run("INSERT INTO holds (id, server_id, key_id, project_id, day, month, amount, used) VALUES (@id, @server, @key, @project, @day, @month, @amount, 0)",
            ("id", hold.Id), ("server", server), ("key", hold.Key.Id), ("project", hold.Project.Id), ("day", hold.Day), ("month", hold.Month), ("amount", hold.Amount));
        Add(session, hold.Key.Id, hold.Project.Id, hold.Day, hold.Month, spent: 0, held: hold.Amount);
    }

    public static void Grow(Session session, Hold hold, long more, long used)
    {
        session.Run("UPDATE holds SET amount = amount + @more, used = @used WHERE id = @id", ("more", more), ("used", used), ("id", hold.Id));
        Add(session, hold.Key.Id, hold.Project.Id, hold.Day, hold.Month, spent: 0, held: more);
    }

    public static void Settle(Session session, Hold hold, long cost)
        => Settle(session, hold.Id, hold.Key.Id, hold.Project.Id, hold.Day, hold.Month, hold.Limited ? hold.Amount : 0, cost);

    public static void Settle(Session session, string? id, string key, string project, string day, string month, long amount, long cost)
    {
        // A hold that is gone was freed by another server which took this one for dead; what was used is booked all the same.
        if (id is not null && session.Run("DELETE FROM holds WHERE id = @id", ("id", id)) == 0) amount = 0;
        Add(session, key, project, day, month, cost, -amount);
    }

    static void Add(Session session, string key, string project, string day, string month, long spent, long held)
    {
        if (spent == 0 && held == 0) return;
        session.Run(
            """
            INSERT INTO budgets (scope, period, spent, held)
            VALUES (@key, @day, @spent, @held), (@key, @month, @spent, @held), (@project, @day, @spent, @held), (@project, @month, @spent, @held)
            ON CONFLICT (scope, period) DO UPDATE SET spent = budgets.spent + excluded.spent, held = budgets.held + excluded.held
            """, ("key", Scope("key", key)), ("project", Scope("project", project)), ("day", day), ("month", month), ("spent", spent), ("held", held));
    }
}
