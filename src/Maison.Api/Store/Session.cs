// What a piece of work sees of the database: statements with named parameters, rows by column. One connection, one transaction, one thread.
// Written over ADO.NET's base types, so it does not know which of the two engines it talks to.

using System.Data.Common;

namespace Maison.Api.Store;

/// <summary>Runs statements inside a transaction that <see cref="Database"/> opened. Kept as long as its connection, with the statements that it has seen, which need not be read again.</summary>
public sealed class Session : IDisposable
{
    /// <summary>Statements that are kept; few more are ever written.</summary>
    const int MostKept = 256;

    readonly DbConnection connection;
    readonly Dictionary<string, DbCommand> kept = [];

    /// <param name="connection">Open; disposed with this.</param>
    internal Session(DbConnection connection) => this.connection = connection;

    /// <summary>Runs statements and returns how many rows they changed.</summary>
    public int Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Command(sql, parameters).ExecuteNonQuery();

    /// <summary>All rows of a query.</summary>
    public List<T> Rows<T>(string sql, Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Command(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(new(reader)));
        return rows;
    }

    /// <summary>The first row of a query; the type's default when there is none.</summary>
    public T? First<T>(string sql, Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Command(sql, parameters).ExecuteReader();
        return reader.Read() ? read(new(reader)) : default;
    }

    DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (kept.TryGetValue(sql, out var command))
        {
            foreach (var (name, value) in parameters) command.Parameters[name].Value = value ?? DBNull.Value;
            return command;
        }
        if (kept.Count == MostKept) Forget();
        command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return kept[sql] = command;
    }

    void Forget()
    {
        foreach (var command in kept.Values) command.Dispose();
        kept.Clear();
    }

    public void Dispose()
    {
        Forget();
        connection.Dispose();
    }
}

/// <summary>One row of a result, its columns by position.</summary>
public readonly struct Row(DbDataReader reader)
{
    public string Text(int column) => reader.GetString(column);

    public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public long Whole(int column) => reader.GetInt64(column);

    public long? WholeOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public bool Flag(int column) => reader.GetInt64(column) != 0;

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    public DateTimeOffset? TimeOrNull(int column) => reader.IsDBNull(column) ? null : Time(column);
}
