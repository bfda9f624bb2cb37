// The keys that open the server. They are held in memory and read again whenever the store's revision has moved, so `maison keys` in another
// terminal, or another server on the same store, takes effect with the next request. Every change is in the audit log of the same write.

using Maison.Api.Store;

namespace Maison.Api.Keys;

/// <summary>The API keys and projects of one store; safe from any thread.</summary>
public sealed class KeyStore
{
    static readonly TimeSpan LastUsedPrecision = TimeSpan.FromMinutes(1);

    readonly Database database;
    readonly TimeProvider clock;
    readonly Lock gate = new();
    volatile State state = new(-1, [], [], []);

    /// <param name="clock">Dates creation, expiry and last use; the system's when null.</param>
    public KeyStore(Database database, TimeProvider? clock = null) => (this.database, this.clock) = (database, clock ?? TimeProvider.System);

    /// <summary>All keys, oldest first, revoked ones too.</summary>
    public IReadOnlyList<ApiKey> Keys => Current().Keys;

    /// <summary>All projects, oldest first.</summary>
    public IReadOnlyList<Project> Projects => Current().Projects;

    public ApiKey? Key(string id) => Keys.FirstOrDefault(k => k.Id == id);

    public Project? Project(string id) => Projects.FirstOrDefault(p => p.Id == id);

    /// <summary>The project of a key that was just accepted.</summary>
    public Project ProjectOf(ApiKey key) => Current(database.KnownRevision()).Projects.First(p => p.Id == key.ProjectId);

    /// <summary>Makes sure that there is a key to begin with.</summary>
    /// <param name="given">A key that must be valid from now on (MAISON_API_KEY), or null.</param>
    /// <returns>The value of a newly made key: the only time that it can be shown.</returns>
    /// <exception cref="ArgumentException">The given key can not travel in a header.</exception>
    public string? EnsureFirst(string? given)
    {
        if (given is not null)
        {
            if (given.Length == 0 || given.Any(c => c is <= ' ' or > '~'))
                throw new ArgumentException("MAISON_API_KEY must be one word of printable ASCII characters; unset it to have a key made.");
            // Whoever starts the server holds the house: the key that it is given with administers it.
            if (Find(given) is null) Add(given, new() { Name = "given", Admin = true }, AuditLog.Terminal);
            return null;
        }
        return Keys.Count == 0 ? Create(new() { Name = "first", Admin = true }, AuditLog.Terminal).Value : null;
    }

    /// <summary>Makes a key and returns its value, which is not stored and can not be shown again.</summary>
    /// <param name="actor">Who does it, for the audit log.</param>
    /// <exception cref="ArgumentException">The project is unknown, or a scope or limit is wrong; names it.</exception>
    public (ApiKey Key, string Value) Create(NewKey wanted, string actor)
    {
        var value = Secret.Generate();
        return (Add(value, wanted, actor), value);
    }

    /// <summary>Changes what a key opens and may spend; null if there is none of that id.</summary>
    /// <exception cref="ArgumentException">A scope or limit is wrong; names it.</exception>
    public ApiKey? Change(string id, Func<ApiKey, ApiKey> change, string actor) => database.WriteNow(session =>
    {
        if (KeyRows.Key(session, id) is not { Revoked: null } key) return null;
        var changed = change(key);
        KeyRules.Check(session, changed);
        KeyRows.Update(session, changed);
        Changed(session, actor, "api_key.updated", id, KeyRules.Describe(changed));
        return changed;
    });

    /// <summary>Gives a key a new value; the old ones stay good for a while.</summary>
    /// <returns>The new value, the only time that it can be shown; null if there is no such key.</returns>
    public string? Rotate(string id, TimeSpan grace, string actor)
    {
        var value = Secret.Generate();
        return database.WriteNow(session =>
        {
            if (KeyRows.Key(session, id) is not { Revoked: null }) return null;
            var now = clock.GetUtcNow();
            KeyRows.ExpireSecrets(session, id, now + grace);
            KeyRows.Insert(session, Secret.Of(id, value), now);
            Changed(session, actor, "api_key.rotated", id, grace == TimeSpan.Zero ? "old value ends now" : $"old value ends {now + grace:u}");
            return value;
        });
    }

    /// <summary>One more value of a key, beside those that it has, good until it ends; null if there is no such key.</summary>
    /// <returns>The value, the only time that it can be shown.</returns>
    public string? Issue(string id, DateTimeOffset ends)
    {
        var value = Secret.Generate();
        return database.WriteNow(session =>
        {
            if (KeyRows.Key(session, id) is not { Revoked: null }) return null;
            var now = clock.GetUtcNow();
            KeyRows.ForgetSecrets(session, now);
            KeyRows.Insert(session, Secret.Of(id, value) with { Expires = ends }, now);
            Changed(session, id, "session.begun", id, $"until {ends:u}");
            return value;
        });
    }

    /// <summary>Ends a value that was issued with an end; false for any other.</summary>
    public bool End(string value)
    {
        if (Current().Secrets.FirstOrDefault(s => s.Expires is not null && s.Matches(value)) is not { } secret) return false;
        return database.WriteNow(session =>
        {
            KeyRows.EndSecret(session, secret, clock.GetUtcNow());
            Changed(session, secret.KeyId, "session.ended", secret.KeyId, "");
            return true;
        });
    }

    /// <summary>Takes a key out for good; false if there is none of that id. What it spent stays in the books.</summary>
    public bool Revoke(string id, string actor) => database.WriteNow(session =>
    {
        if (KeyRows.Key(session, id) is not { Revoked: null } key) return false;
        KeyRows.Update(session, key with { Revoked = clock.GetUtcNow() });
        Changed(session, actor, "api_key.deleted", id, key.Name);
        return true;
    });

    /// <exception cref="ArgumentException">The name is empty or a limit is wrong.</exception>
    public Project CreateProject(string name, Limits limits, string actor) => database.WriteNow(session =>
    {
        var project = new Project { Id = Ids.New("proj"), Name = name, Created = clock.GetUtcNow(), Limits = limits };
        KeyRules.Check(project);
        KeyRows.Insert(session, project);
        Changed(session, actor, "project.created", project.Id, $"{name}; {KeyRules.Describe(limits)}");
        return project;
    });

    /// <summary>Changes or archives a project; null if there is none of that id.</summary>
    /// <exception cref="ArgumentException">The name is empty or a limit is wrong.</exception>
    public Project? ChangeProject(string id, Func<Project, Project> change, string actor) => database.WriteNow(session =>
    {
        if (KeyRows.Projects(session).FirstOrDefault(p => p.Id == id) is not { } project) return null;
        var changed = change(project);
        KeyRules.Check(changed);
        KeyRows.Update(session, changed);
        Changed(session, actor, changed.Archived is not null && project.Archived is null ? "project.archived" : "project.updated", id, $"{changed.Name}; {KeyRules.Describe(changed.Limits)}");
        return changed;
    });

    /// <summary>The key of that value if it is valid now, also when another process has made, changed or revoked it meanwhile; remembers when it
    /// was last used, to the minute.</summary>
    public ApiKey? Accept(string value)
    {
        if (Find(value) is not { } key) return null;
        var now = clock.GetUtcNow();
        if (key.LastUsed is { } last && now - last < LastUsedPrecision) return key;
        Touch(key.Id, now);
        return key with { LastUsed = now };
    }

    /// <summary>Compares with every secret, found or not, so that the time tells nothing.</summary>
    ApiKey? Find(string value)
    {
        var current = Current();
        var now = clock.GetUtcNow();
        string? found = null;
        foreach (var secret in current.Secrets)
            if (secret.Matches(value) && !(secret.Expires <= now)) found = secret.KeyId;
        return found is null ? null : Valid(found, current, now);
    }

    /// <summary>The key of that id if it is valid now.</summary>
    public ApiKey? Valid(string id) => Valid(id, Current(), clock.GetUtcNow());

    static ApiKey? Valid(string id, State current, DateTimeOffset now)
    {
        var key = current.Keys.FirstOrDefault(k => k.Id == id);
        if (key is null || key.Revoked is not null || key.Expires <= now) return null;
        return current.Projects.First(p => p.Id == key.ProjectId).Archived is null ? key : null;
    }

    ApiKey Add(string value, NewKey wanted, string actor) => database.WriteNow(session =>
    {
        var now = clock.GetUtcNow();
        var key = new ApiKey
        {
            Id = Ids.New("key"),
            ProjectId = wanted.ProjectId,
            Name = wanted.Name,
            Created = now,
            Expires = wanted.Expires,
            Admin = wanted.Admin,
            Scope = wanted.Scope,
            Limits = wanted.Limits,
            MaskPersonalData = wanted.MaskPersonalData,
        };
        KeyRules.Check(session, key);
        KeyRows.Insert(session, key);
        KeyRows.Insert(session, Secret.Of(key.Id, value), now);
        Changed(session, actor, "api_key.created", key.Id, $"{key.Name}; {KeyRules.Describe(key)}");
        return key;
    });

    void Touch(string id, DateTimeOffset now)
    {
        lock (gate) state = state with { Keys = [.. state.Keys.Select(k => k.Id == id ? k with { LastUsed = now } : k)] };
        // Nobody waits for it: a full disk must not refuse a valid key.
        _ = database.Write(session => session.Run("UPDATE keys SET last_used = @now WHERE id = @id", ("now", now.ToUnixTimeMilliseconds()), ("id", id)), synced: false)
            .ContinueWith(failed => failed.Exception, TaskContinuationOptions.OnlyOnFaulted);
    }

    void Changed(Session session, string actor, string action, string target, string detail)
    {
        session.Run("UPDATE revision SET number = number + 1");
        AuditLog.Add(session, clock.GetUtcNow(), actor, action, target, detail);
    }

    State Current() => Current(database.Revision());

    State Current(long now)
    {
        var known = state;
        if (now == known.Revision) return known;
        return database.Read(session =>
        {
            var revision = session.First("SELECT number FROM revision", r => r.Whole(0));
            var read = new State(revision, KeyRows.Keys(session), KeyRows.Secrets(session), KeyRows.Projects(session));
            lock (gate)
                if (state.Revision < revision) state = read;
            return read;
        });
    }

    sealed record State(long Revision, IReadOnlyList<ApiKey> Keys, IReadOnlyList<Secret> Secrets, IReadOnlyList<Project> Projects);
}

/// <summary>What is asked of a key to be made.</summary>
public sealed record NewKey
{
    public required string Name { get; init; }
    public string ProjectId { get; init; } = Project.Default;
    public DateTimeOffset? Expires { get; init; }
    public bool Admin { get; init; }
    public KeyScope Scope { get; init; } = new();
    public Limits Limits { get; init; } = new();
    public bool MaskPersonalData { get; init; } = true;
}
