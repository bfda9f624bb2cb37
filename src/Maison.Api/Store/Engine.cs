// The two databases that the store can lie in, and all that differs between them: how a connection is opened, how the one writer
// begins, and how words are looked for. Both keep a write-ahead log and put a commit to disk before it counts, unless they are told that it may wait.

using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Maison.Api.Store;

/// <summary>Where a store lies.</summary>
abstract class Engine
{
    /// <summary>For messages; never with a password.</summary>
    public abstract string Place { get; }

    /// <summary>As the files of migrations call it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a row of conversation_words has all words of @words.</summary>
    public abstract string HasWords { get; }

    /// <summary>The value of @words for words of letters and digits; each stands for all that begin with it.</summary>
    public abstract string Words(IEnumerable<string> words);

    public abstract DbConnection Open();

    /// <summary>Starts a transaction that no other writer, of this process or another, runs beside.</summary>
    /// <param name="synced">Whether its commit waits for the disk. One that does takes all before it to disk as well.</param>
    public abstract string BeginWriting(bool synced);

    /// <summary>Starts a transaction that sees one state of the store.</summary>
    public abstract string BeginReading { get; }
}

/// <summary>A file of the data folder.</summary>
sealed class SqliteEngine(string path) : Engine
{
    readonly string connection = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString();

    public override string Place => path;
    public override string Name => "sqlite";
    public override string HasWords => "conversation_words MATCH @words";
    public override string Words(IEnumerable<string> words) => string.Join(' ', words.Select(w => $"\"{w}\"*"));
    public override string BeginWriting(bool synced) => $"PRAGMA synchronous = {(synced ? "FULL" : "NORMAL")}; BEGIN IMMEDIATE";
    public override string BeginReading => "BEGIN";

    public override DbConnection Open()
    {
        // Made by us when it is missing, so that it is the owner's alone; SQLite gives its log the same mode.
        if (!File.Exists(path) && !OperatingSystem.IsWindows())
            new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        var opened = new SqliteConnection(connection);
        try
        {
            opened.Open();
            using var command = opened.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 20000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON";
            command.ExecuteNonQuery();
            return opened;
        }
        catch (SqliteException e)
        {
            opened.Dispose();
            throw new InvalidDataException($"{path} can not be opened: {e.Message.TrimEnd('.')}. Restore it from a backup, or move it away to start anew.", e);
        }
    }
}

/// <summary>A database of a PostgreSQL server.</summary>
sealed class PostgresEngine(string given) : Engine
{
    /// <summary>Any number that nobody else locks; it stands for "the writer of Maison".</summary>
    const long Writer = 0x6d61_6973_6f6e;

    readonly NpgsqlConnectionStringBuilder connection = Read(given);

    public override string Place => $"PostgreSQL {connection.Database} on {connection.Host}:{connection.Port}";
    public override string Name => "postgres";
    public override string HasWords => "words @@ to_tsquery('simple', @words)";
    public override string Words(IEnumerable<string> words) => string.Join(" & ", words.Select(w => $"'{w}':*"));
    public override string BeginWriting(bool synced) => $"BEGIN; {(synced ? "" : "SET LOCAL synchronous_commit = off; ")}SELECT pg_advisory_xact_lock({Writer})";
    public override string BeginReading => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    public override DbConnection Open()
    {
        var opened = new NpgsqlConnection(connection.ToString());
        try
        {
            opened.Open();
            return opened;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            opened.Dispose();
            throw new InvalidDataException($"{Place} can not be reached: {e.Message.TrimEnd('.')}. Start it, or mend MAISON_STORE.", e);
        }
    }

    static NpgsqlConnectionStringBuilder Read(string given)
    {
        try
        {
            return new(given) { Pooling = false };
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"MAISON_STORE is no PostgreSQL connection string: {e.Message} Give one such as 'Host=db;Database=maison;Username=maison;Password=…'.", e);
        }
    }
}
