// The server's memory: keys, spending, files, batches. One writer thread takes all pending work into one transaction, each piece behind
// its own savepoint, and answers when the commit is on disk: a thousand callers share a few disk writes, and none is told of something
// that a power cut could undo. Work whose caller can bear that is only handed to the operating system, where it outlives this process.
// Readers have connections of their own and are never held up. Knows nothing about what is stored.

using System.Collections.Concurrent;
using System.Data.Common;

namespace Maison.Api.Store;

/// <summary>An open store; safe from any thread.</summary>
public sealed class Database : IDisposable
{
    public const string FileName = "maison.db";

    /// <summary>Pieces of work that share one commit at most.</summary>
    const int MostShared = 256;

    readonly Engine engine;
    readonly ConcurrentBag<Session> readers = [];
    readonly BlockingCollection<IWork> pending = [];
    readonly Thread writer;
    volatile Seen? seen;
    long commits;
    volatile bool closed;

    Database(Engine engine, string home)
    {
        (this.engine, Home) = (engine, home);
        writer = new Thread(WriteAll) { IsBackground = true, Name = "store writer" };
        writer.Start();
    }

    /// <summary>The data folder, for what is too large for rows.</summary>
    public string Home { get; }

    internal Engine Engine => engine;

    /// <summary>Where it lies, for messages.</summary>
    public string Place => engine.Place;

    /// <summary>Opens the store of a data folder, made and brought up to date where needed.</summary>
    /// <param name="home">The data folder; created if it is missing.</param>
    /// <param name="postgres">A PostgreSQL connection string to keep everything there; null keeps it in the folder.</param>
    /// <exception cref="InvalidDataException">It can not be opened, is damaged, or was written by a newer version; nothing is changed.</exception>
    public static Database Open(string home, string? postgres = null)
    {
        Directory.CreateDirectory(home);
        var database = new Database(postgres is null ? new SqliteEngine(Path.Combine(home, FileName)) : new PostgresEngine(postgres), home);
        try
        {
            Migrations.Apply(database);
            return database;
        }
        catch (Exception e)
        {
            database.Dispose();
            throw e is DbException ? new InvalidDataException($"{database.Place} is damaged or no store of Maison: {e.Message.TrimEnd('.')}. Restore it from a backup, or move it away to start anew.", e) : e;
        }
    }

    /// <summary>Whether a data folder has a store, without making one.</summary>
    public static bool Exists(string home) => File.Exists(Path.Combine(home, FileName));

    /// <summary>Reads one state of the store.</summary>
    public T Read<T>(Func<Session, T> read) => Lend(session =>
    {
        session.Run(engine.BeginReading);
        var result = read(session);
        session.Run("COMMIT");
        return result;
    });

    /// <summary>The number that moves with every change of keys, prices and providers, of this process or another.</summary>
    public long Revision()
    {
        var commit = Volatile.Read(ref commits);
        // One statement, which needs no transaction.
        var number = Lend(session => session.First("SELECT number FROM revision", r => r.Whole(0)));
        seen = new(number, commit);
        return number;
    }

    /// <summary>The revision when anybody last asked, for what follows in a request whose key was looked up: the store is asked only when this process has written since.</summary>
    public long KnownRevision() => seen is { } last && last.Commit == Volatile.Read(ref commits) ? last.Number : Revision();

    T Lend<T>(Func<Session, T> use)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        if (!readers.TryTake(out var session)) session = new(engine.Open());
        try
        {
            var result = use(session);
            if (closed) session.Dispose();
            else readers.Add(session);
            return result;
        }
        catch
        {
            // Its transaction, or the line itself, may be broken: the next reader opens another.
            session.Dispose();
            throw;
        }
    }

    /// <summary>Changes the store. All of <paramref name="change"/> happens or, when it throws, nothing; when the result is there it is on disk.</summary>
    /// <param name="change">Runs on the writer's thread: no waiting in it.</param>
    /// <param name="synced">False does not wait for the disk: the change outlives the end of this process, and a power cut from the next synced change on.</param>
    public Task<T> Write<T>(Func<Session, T> change, bool synced = true)
    {
        var work = new Work<T>(change, synced);
        try
        {
            pending.Add(work);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(Database));
        }
        return work.Result;
    }

    /// <summary>Changes the store and waits; for the command line.</summary>
    public T WriteNow<T>(Func<Session, T> change) => Write(change).GetAwaiter().GetResult();

    void WriteAll()
    {
        Session? session = null;
        var shared = new List<IWork>();
        foreach (var first in pending.GetConsumingEnumerable())
        {
            shared.Clear();
            shared.Add(first);
            while (shared.Count < MostShared && pending.TryTake(out var more)) shared.Add(more);
            try
            {
                session = Begin(session, engine.BeginWriting(synced: shared.Exists(w => w.Synced)));
                foreach (var work in shared) work.Run(session, alone: shared.Count == 1);
                session.Run(shared is [{ Refused: true }] ? "ROLLBACK" : "COMMIT");
                Interlocked.Increment(ref commits);
                foreach (var work in shared) work.Done();
            }
            catch (Exception e)
            {
                // Nothing of this transaction counts: whoever waits for it hears so, and the next one has a new connection.
                foreach (var work in shared) work.Failed(e);
                session?.Dispose();
                session = null;
            }
        }
        session?.Dispose();
    }

    /// <summary>A connection that may have died since its last use is replaced once.</summary>
    Session Begin(Session? kept, string statement)
    {
        if (kept is not null)
            try
            {
                kept.Run(statement);
                return kept;
            }
            catch (DbException)
            {
                kept.Dispose();
            }
        var opened = new Session(engine.Open());
        try
        {
            opened.Run(statement);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Finishes the pending work and closes.</summary>
    public void Dispose()
    {
        if (closed) return;
        closed = true;
        pending.CompleteAdding();
        writer.Join();
        while (readers.TryTake(out var session)) session.Dispose();
        pending.Dispose();
    }

    /// <summary>A revision, and after how many commits of this process it was read.</summary>
    sealed record Seen(long Number, long Commit);

    interface IWork
    {
        /// <param name="alone">Nobody shares its transaction, which is undone as a whole when it fails.</param>
        void Run(Session session, bool alone);
        bool Refused { get; }
        bool Synced { get; }
        void Done();
        void Failed(Exception e);
    }

    sealed class Work<T>(Func<Session, T> change, bool synced) : IWork
    {
        readonly TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T? value;
        Exception? refused;

        public Task<T> Result => result.Task;

        public bool Refused => refused is not null;

        public bool Synced => synced;

        public void Run(Session session, bool alone)
        {
            if (!alone) session.Run("SAVEPOINT work");
            try
            {
                value = change(session);
                if (!alone) session.Run("RELEASE SAVEPOINT work");
            }
            catch (Exception e)
            {
                refused = e;
                if (alone) return;
                session.Run("ROLLBACK TO SAVEPOINT work");
                session.Run("RELEASE SAVEPOINT work");
            }
        }

        public void Done()
        {
            if (refused is null) result.TrySetResult(value!);
            else result.TrySetException(refused);
        }

        public void Failed(Exception e) => result.TrySetException(refused ?? e);
    }
}
