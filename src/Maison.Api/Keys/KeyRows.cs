// Keys, secrets and projects as rows of the store, and back.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Keys;

/// <summary>The SQL of this folder.</summary>
static class KeyRows
{
    const string KeyColumns = "id, project_id, name, created, last_used, expires, revoked, admin, models, routes, modalities, "
        + "requests_per_minute, tokens_per_minute, budget_day, budget_month, mask_personal_data";
    const string ProjectColumns = "id, name, created, archived, requests_per_minute, tokens_per_minute, budget_day, budget_month";

    public static List<ApiKey> Keys(Session session) => session.Rows($"SELECT {KeyColumns} FROM keys ORDER BY created, id", ReadKey);

    public static ApiKey? Key(Session session, string id) => session.First($"SELECT {KeyColumns} FROM keys WHERE id = @id", ReadKey, ("id", id));

    public static List<Secret> Secrets(Session session) => session.Rows("SELECT key_id, salt, hash, expires FROM key_secrets",
        r => new Secret(r.Text(0), Convert.FromBase64String(r.Text(1)), Convert.FromBase64String(r.Text(2)), r.TimeOrNull(3)));

    public static List<Project> Projects(Session session) => session.Rows($"SELECT {ProjectColumns} FROM projects ORDER BY created, id", r => new Project
    {
        Id = r.Text(0),
        Name = r.Text(1),
        Created = r.Time(2),
        Archived = r.TimeOrNull(3),
        Limits = ReadLimits(r, 4),
    });

    public static void Insert(Session session, ApiKey key) => session.Run(
        $"INSERT INTO keys ({KeyColumns}) VALUES (@id, @project, @name, @created, @used, @expires, @revoked, @admin, @models, @routes, @modalities, @rpm, @tpm, @day, @month, @mask) ON CONFLICT (id) DO NOTHING",
        Parameters(key));

    public static void Update(Session session, ApiKey key) => session.Run(
        """
        UPDATE keys SET project_id = @project, name = @name, expires = @expires, revoked = @revoked, admin = @admin, models = @models, routes = @routes,
            modalities = @modalities, requests_per_minute = @rpm, tokens_per_minute = @tpm, budget_day = @day, budget_month = @month, mask_personal_data = @mask
        WHERE id = @id
        """, Parameters(key));

    public static void Insert(Session session, Secret secret, DateTimeOffset created) => session.Run(
        "INSERT INTO key_secrets (key_id, salt, hash, created, expires) VALUES (@key, @salt, @hash, @created, @expires) ON CONFLICT DO NOTHING",
        ("key", secret.KeyId), ("salt", Convert.ToBase64String(secret.Salt)), ("hash", Convert.ToBase64String(secret.Hash)),
        ("created", created.ToUnixTimeMilliseconds()), ("expires", secret.Expires?.ToUnixTimeMilliseconds()));

    /// <summary>Ends the values of a key at a time, unless they end before it.</summary>
    public static void ExpireSecrets(Session session, string keyId, DateTimeOffset at) => session.Run(
        "UPDATE key_secrets SET expires = @at WHERE key_id = @key AND (expires IS NULL OR expires > @at)", ("at", at.ToUnixTimeMilliseconds()), ("key", keyId));

    /// <summary>Clears away values that have ended.</summary>
    public static void ForgetSecrets(Session session, DateTimeOffset now) => session.Run("DELETE FROM key_secrets WHERE expires <= @now", ("now", now.ToUnixTimeMilliseconds()));

    public static void EndSecret(Session session, Secret secret, DateTimeOffset at) => session.Run(
        "UPDATE key_secrets SET expires = @at WHERE key_id = @key AND salt = @salt", ("at", at.ToUnixTimeMilliseconds()), ("key", secret.KeyId), ("salt", Convert.ToBase64String(secret.Salt)));

    public static void Insert(Session session, Project project) => session.Run(
        $"INSERT INTO projects ({ProjectColumns}) VALUES (@id, @name, @created, @archived, @rpm, @tpm, @day, @month)", Parameters(project));

    public static void Update(Session session, Project project) => session.Run(
        "UPDATE projects SET name = @name, archived = @archived, requests_per_minute = @rpm, tokens_per_minute = @tpm, budget_day = @day, budget_month = @month WHERE id = @id",
        Parameters(project));

    static ApiKey ReadKey(Row r) => new()
    {
        Id = r.Text(0),
        ProjectId = r.Text(1),
        Name = r.Text(2),
        Created = r.Time(3),
        LastUsed = r.TimeOrNull(4),
        Expires = r.TimeOrNull(5),
        Revoked = r.TimeOrNull(6),
        Admin = r.Flag(7),
        Scope = new(ReadList(r.TextOrNull(8)), ReadList(r.TextOrNull(9)), ReadList(r.TextOrNull(10))),
        Limits = ReadLimits(r, 11),
        MaskPersonalData = r.Flag(15),
    };

    static Limits ReadLimits(Row r, int at) => new(r.WholeOrNull(at), r.WholeOrNull(at + 1), r.WholeOrNull(at + 2), r.WholeOrNull(at + 3));

    static IReadOnlyList<string>? ReadList(string? json) => json is null ? null : JsonSerializer.Deserialize(json, WireJson.Default.IReadOnlyListString);

    static string? WriteList(IReadOnlyList<string>? list) => list is null ? null : JsonSerializer.Serialize(list, WireJson.Default.IReadOnlyListString);

    static (string, object?)[] Parameters(ApiKey key) =>
    [
        ("id", key.Id), ("project", key.ProjectId), ("name", key.Name), ("created", key.Created.ToUnixTimeMilliseconds()),
        ("used", key.LastUsed?.ToUnixTimeMilliseconds()), ("expires", key.Expires?.ToUnixTimeMilliseconds()), ("revoked", key.Revoked?.ToUnixTimeMilliseconds()),
        ("admin", key.Admin ? 1L : 0), ("models", WriteList(key.Scope.Models)), ("routes", WriteList(key.Scope.Routes)), ("modalities", WriteList(key.Scope.Modalities)),
        ("rpm", key.Limits.RequestsPerMinute), ("tpm", key.Limits.TokensPerMinute), ("day", key.Limits.BudgetDay), ("month", key.Limits.BudgetMonth),
        ("mask", key.MaskPersonalData ? 1L : 0),
    ];

    static (string, object?)[] Parameters(Project project) =>
    [
        ("id", project.Id), ("name", project.Name), ("created", project.Created.ToUnixTimeMilliseconds()), ("archived", project.Archived?.ToUnixTimeMilliseconds()),
        ("rpm", project.Limits.RequestsPerMinute), ("tpm", project.Limits.TokensPerMinute), ("day", project.Limits.BudgetDay), ("month", project.Limits.BudgetMonth),
    ];
}
