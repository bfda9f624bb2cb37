// Who changed what, when: one line for every administrative act, written in the transaction of the act itself, so neither is without the
// other. Nothing here is ever changed or deleted.

using Maison.Api.Store;

namespace Maison.Api.Keys;

/// <summary>One administrative act.</summary>
/// <param name="Actor">The key that asked for it, or <see cref="AuditLog.Terminal"/>.</param>
/// <param name="Action">Such as api_key.created.</param>
/// <param name="Target">The id of what was changed.</param>
public sealed record AuditEntry(string Id, DateTimeOffset At, string Actor, string Action, string Target, string Detail);

/// <summary>The log of administrative acts.</summary>
public sealed class AuditLog(Database database)
{
    /// <summary>The actor of the command line, which whoever holds the data folder can use.</summary>
    public const string Terminal = "terminal";

    internal static void Add(Session session, DateTimeOffset at, string actor, string action, string target, string detail) => session.Run(
        "INSERT INTO audit_log (id, at, actor, action, target, detail) VALUES (@id, @at, @actor, @action, @target, @detail)",
        ("id", Ids.InTime("audit")), ("at", at.ToUnixTimeMilliseconds()), ("actor", actor), ("action", action), ("target", target), ("detail", detail));

    /// <summary>The newest entries first.</summary>
    /// <param name="after">The id of the last entry already seen; null begins with the newest.</param>
    public IReadOnlyList<AuditEntry> Newest(int most, string? after = null) => database.Read(session => session.Rows(
        "SELECT id, at, actor, action, target, detail FROM audit_log WHERE id < @after ORDER BY id DESC LIMIT @most",
        r => new AuditEntry(r.Text(0), r.Time(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5)),
        ("after", after ?? "b"), ("most", (long)most)));
}
