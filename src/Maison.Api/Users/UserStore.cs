// People as rows of the store. What they may do is what their key may: a member's opens everything but administration, an admin's that too.

using Maison.Api.Keys;
using Maison.Api.Store;

namespace Maison.Api.Users;

/// <summary>A person who signs in.</summary>
sealed record User(string Id, string Name, string Role, string ProjectId, string KeyId, DateTimeOffset Created, string? Identity = null)
{
    public const string Admin = "admin", Member = "member";
}

/// <summary>The users of one store; safe from any thread.</summary>
sealed class UserStore(Database database, KeyStore keys, TimeProvider clock)
{
    const string Columns = "id, name, role, project_id, key_id, created, identity";

    /// <summary>One first sign-in after the other.</summary>
    readonly Lock adding = new();

    public List<User> All() => database.Read(session => session.Rows($"SELECT {Columns} FROM users ORDER BY folded_name", Read));

    public User? Find(string id) => database.Read(session => session.First($"SELECT {Columns} FROM users WHERE id = @id", Read, ("id", id)));

    /// <summary>The user of a name with this password; takes the same time whoever asks.</summary>
    public User? Find(string name, string password)
    {
        var (user, kept) = database.Read(session => session.First($"SELECT {Columns}, password FROM users WHERE folded_name = @name", r => ((User?)Read(r), r.Text(7)), ("name", Fold(name))));
        return Password.Matches(password, kept ?? Password.Nobody) ? user : null;
    }

    /// <summary>Adds a user with a project and a key of their own.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public User Add(string name, string password, string role, string actor)
    {
        if (Taken(name)) throw new ArgumentException($"There is a user '{name}' already. Choose another name.");
        return Add(name, Password.Keep(password), role, null, actor);
    }

    /// <summary>The user of an identity: as they are known, or added without a password. A name that somebody has stays theirs.</summary>
    /// <param name="mark">Tells two of one name apart.</param>
    public User Known(Identity identity, string mark)
    {
        lock (adding)
        {
            if (database.Read(session => session.First($"SELECT {Columns} FROM users WHERE identity = @identity", Read, ("identity", identity.Id))) is { } user)
                return identity.Role is { } role && role != user.Role ? Change(user, null, role, user.KeyId) : user;
            var names = new[] { identity.Name, $"{identity.Name} ({mark})" }.Concat(Enumerable.Range(2, int.MaxValue - 2).Select(n => $"{identity.Name} ({mark} {n})"));
            return Add(names.First(n => !Taken(n)), Password.Nobody, identity.Role ?? User.Member, identity.Id, mark);
        }
    }

    User Add(string name, string kept, string role, string? identity, string actor)
    {
        var project = keys.CreateProject(name, new(), actor);
        var (key, _) = keys.Create(new() { Name = name, ProjectId = project.Id, Admin = role == User.Admin }, actor);
        var user = new User(Ids.New("user"), name, role, project.Id, key.Id, clock.GetUtcNow(), identity);
        Write("user.added", user, actor, session => session.Run("INSERT INTO users (id, name, folded_name, role, password, project_id, key_id, created, identity) VALUES (@id, @name, @folded, @role, @password, @project, @key, @now, @identity)",
            ("id", user.Id), ("name", name), ("folded", Fold(name)), ("role", role), ("password", kept), ("project", project.Id), ("key", key.Id), ("now", user.Created.ToUnixTimeMilliseconds()), ("identity", identity)));
        return user;
    }

    /// <summary>Gives another password, which ends the user's sessions, or another role.</summary>
    public User Change(User user, string? password, string? role, string actor)
    {
        var changed = user with { Role = role ?? user.Role };
        if (changed.Role != user.Role) keys.Change(user.KeyId, k => k with { Admin = changed.Role == User.Admin }, actor);
        if (password is not null) keys.Rotate(user.KeyId, TimeSpan.Zero, actor);
        var kept = password is null ? null : Password.Keep(password);
        Write("user.updated", changed, actor, session => session.Run("UPDATE users SET role = @role, password = coalesce(@password, password) WHERE id = @id", ("role", changed.Role), ("password", kept), ("id", user.Id)));
        return changed;
    }

    /// <summary>Removes a user and their key. Their project is archived, what they wrote stays in it.</summary>
    public void Remove(User user, string actor)
    {
        keys.Revoke(user.KeyId, actor);
        keys.ChangeProject(user.ProjectId, p => p with { Archived = p.Archived ?? clock.GetUtcNow() }, actor);
        Write("user.deleted", user, actor, session => session.Run("DELETE FROM users WHERE id = @id", ("id", user.Id)));
    }

    bool Taken(string name) => database.Read(session => session.First("SELECT 1 FROM users WHERE folded_name = @name", _ => true, ("name", Fold(name))));

    void Write(string action, User user, string actor, Action<Session> change) => database.WriteNow(session =>
    {
        change(session);
        AuditLog.Add(session, clock.GetUtcNow(), actor, action, user.Id, $"{user.Name}, {user.Role}");
        return true;
    });

    static string Fold(string name) => name.Trim().ToLowerInvariant();

    static User Read(Row r) => new(r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Time(5), r.TextOrNull(6));
}
