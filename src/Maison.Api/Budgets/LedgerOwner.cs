// Which holds are still somebody's. Every server signs in with its process and gives a sign of life every few seconds; the holds of one whose
// process is gone, or that was silent for long, are booked with what they had used and freed.

using System.ComponentModel;
using System.Diagnostics;
using Maison.Api.Store;

namespace Maison.Api.Budgets;

/// <summary>This server's row, and the sweep after others.</summary>
sealed class LedgerOwner
{
    static readonly TimeSpan Silent = TimeSpan.FromSeconds(30);

    readonly Database database;

    LedgerOwner(Database database) => this.database = database;

    public string Id { get; } = Ids.New("server");

    public static LedgerOwner Register(Database database)
    {
        var owner = new LedgerOwner(database);
        using var self = Process.GetCurrentProcess();
        database.WriteNow(session =>
        {
            FreeTheDead(session);
            session.Run("INSERT INTO servers (id, host, pid, started, seen) VALUES (@id, @host, @pid, @started, @now)",
                ("id", owner.Id), ("host", Environment.MachineName), ("pid", (long)Environment.ProcessId), ("started", Started(self)), ("now", Now()));
            return true;
        });
        return owner;
    }

    public void Beat(Session session)
    {
        session.Run("UPDATE servers SET seen = @now WHERE id = @id", ("now", Now()), ("id", Id));
        FreeTheDead(session);
    }

    /// <summary>Signs out; holds that were not settled are booked and freed.</summary>
    public void Leave()
    {
        try
        {
            database.WriteNow(session => Free(session, Id));
        }
        catch (Exception e) when (e is ObjectDisposedException or System.Data.Common.DbException)
        {
            // The store went first: the next server finds the row of a process that is gone.
        }
    }

    static void FreeTheDead(Session session)
    {
        var servers = session.Rows("SELECT id, host, pid, started, seen FROM servers", r => (Id: r.Text(0), Host: r.Text(1), Pid: r.Whole(2), Started: r.Whole(3), Seen: r.Whole(4)));
        foreach (var server in servers)
        {
            var dead = server.Host == Environment.MachineName ? !Runs(server.Pid, server.Started) : Now() - server.Seen > Silent.TotalMilliseconds;
            if (dead) Free(session, server.Id);
        }
    }

    static bool Free(Session session, string server)
    {
        foreach (var hold in session.Rows("SELECT id, key_id, project_id, day, month, amount, used FROM holds WHERE server_id = @id",
            r => (Id: r.Text(0), Key: r.Text(1), Project: r.Text(2), Day: r.Text(3), Month: r.Text(4), Amount: r.Whole(5), Used: r.Whole(6)), ("id", server)))
            BudgetRows.Settle(session, hold.Id, hold.Key, hold.Project, hold.Day, hold.Month, hold.Amount, Math.Min(hold.Used, hold.Amount));
        session.Run("DELETE FROM servers WHERE id = @id", ("id", server));
        return true;
    }

    /// <summary>A process id is used again sooner or later; together with its start it names one process.</summary>
    static bool Runs(long pid, long started)
    {
        try
        {
            using var process = Process.GetProcessById((int)pid);
            return Math.Abs(Started(process) - started) < 2000 && !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }

    static long Started(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds();

    static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
