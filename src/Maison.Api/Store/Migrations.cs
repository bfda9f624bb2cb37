// Brings a store to the shape that this version expects: numbered SQL files, each applied once, all inside the one write that found them
// missing. Where the engines have no common words, a number has a file for each of them: NNNN-name.sqlite.sql, NNNN-name.postgres.sql. A store of a newer version is refused, since an older program could undo what it does not know.

using System.Globalization;
using System.Reflection;

namespace Maison.Api.Store;

/// <summary>The numbered steps under Store/Migrations.</summary>
static class Migrations
{
    const string Prefix = "migrations/";

    /// <summary>All steps in order; each finds its text for an engine.</summary>
    public static IReadOnlyList<(long Number, string Name, Func<string, string> Sql)> All { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .GroupBy(n => n[Prefix.Length..].Split('.')[0])
            .Select(g => (long.Parse(g.Key.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), g.Key,
                (Func<string, string>)(engine => Read(g.SingleOrDefault(n => n.EndsWith($".{engine}", StringComparison.Ordinal)) ?? g.Single())))),
    ];

    public static void Apply(Database database) => database.WriteNow(session =>
    {
        session.Run("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)");
        var done = session.First("SELECT coalesce(max(number), 0) FROM migrations", r => r.Whole(0));
        if (done > All[^1].Number)
            throw new InvalidDataException($"{database.Place} was written by a newer version of Maison (step {done}, this one knows {All[^1].Number}). Run that version, or restore a backup from before it.");
        foreach (var (number, name, sql) in All.Where(m => m.Number > done))
        {
            session.Run(sql(database.Engine.Name));
            session.Run("INSERT INTO migrations VALUES (@number, @name, @at)",
                ("number", number), ("name", name), ("at", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        }
        return true;
    });

    static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
