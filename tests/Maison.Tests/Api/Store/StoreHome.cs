// A store of its own for a test, in either engine: SQLite always, PostgreSQL when MAISON_TEST_POSTGRES names a server that may be written to.

using Maison.Api.Store;
using Npgsql;

namespace Maison.Tests.Api.Store;

/// <summary>A store that goes away with the test.</summary>
sealed class StoreHome : IDisposable
{
    readonly TempFolder folder = new();
    readonly string? schema;

    public StoreHome(string engine = "sqlite")
    {
        if (engine == "sqlite") return;
        schema = "maison_" + Guid.NewGuid().ToString("N");
        Server($"CREATE SCHEMA {schema}");
        Postgres = $"{ServerVariable};Search Path={schema}";
    }

    static string? ServerVariable => Environment.GetEnvironmentVariable("MAISON_TEST_POSTGRES");

    /// <summary>The engines that can be tested here.</summary>
    public static TheoryData<string> Engines => string.IsNullOrEmpty(ServerVariable) ? ["sqlite"] : ["sqlite", "postgres"];

    public string Path => folder.Path;
    public string? Postgres { get; }

    public Database Open() => Database.Open(Path, Postgres);

    static void Server(string sql)
    {
        using var connection = new NpgsqlConnection(ServerVariable);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        if (schema is not null) Server($"DROP SCHEMA {schema} CASCADE");
        folder.Dispose();
    }
}
