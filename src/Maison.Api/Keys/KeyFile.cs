// keys.json, where keys lay before there was a store. Opening a store beside such a file takes its keys over, as they are, and then renames
// the file: whenever the move is interrupted, the next start finds the file again and takes over what is missing.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Api.Store;

namespace Maison.Api.Keys;

/// <summary>The former key file of a data folder.</summary>
public static class KeyFile
{
    const string Name = "keys.json", Done = "keys.json.moved";

    /// <summary>Whether there is a key file that no store has taken over.</summary>
    public static bool Exists(string home) => File.Exists(Path.Combine(home, Name));

    /// <summary>Moves the keys of a former key file, if there is one, into the store.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; it is left as it is.</exception>
    public static void MoveInto(Database database, string home)
    {
        var path = Path.Combine(home, Name);
        if (!File.Exists(path)) return;
        // An older program in another terminal holds this lock while it writes the file.
        using (var held = Lock(path + ".lock"))
        {
            var keys = Read(path);
            database.WriteNow(session =>
            {
                for (var i = 0; i < keys.Count; i++)
                {
                    var key = keys[i];
                    KeyRows.Insert(session, new ApiKey
                    {
                        Id = key.Id,
                        ProjectId = Project.Default,
                        Name = key.Name,
                        Created = key.Created,
                        LastUsed = key.LastUsed,
                        // The oldest was made by the first start, for whoever holds the house.
                        Admin = i == 0,
                    });
                    KeyRows.Insert(session, new Secret(key.Id, Convert.FromBase64String(key.Salt), Convert.FromBase64String(key.Hash), null), key.Created);
                }
                session.Run("UPDATE revision SET number = number + 1");
                AuditLog.Add(session, DateTimeOffset.UtcNow, AuditLog.Terminal, "store.keys_moved", Name, $"{keys.Count} keys");
                return true;
            });
            File.Move(path, Path.Combine(home, Done), overwrite: true);
        }
        File.Delete(path + ".lock");
    }

    static FileStream Lock(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(10);
            }
        }
    }

    static IReadOnlyList<FileKey> Read(string path)
    {
        try
        {
            var keys = JsonSerializer.Deserialize(File.ReadAllBytes(path), KeyFileJson.Default.FileKeys)?.Keys ?? throw new JsonException("\"keys\" is missing.");
            foreach (var key in keys)
                if (Convert.FromBase64String(key.Hash).Length != 32) throw new FormatException($"the hash of {key.Id} is not 32 bytes.");
                else _ = Convert.FromBase64String(key.Salt);
            return keys;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message} Restore it from a backup, or move it away to start with a new key.", e);
        }
    }
}

sealed record FileKeys(IReadOnlyList<FileKey> Keys);

sealed record FileKey
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Salt { get; init; }
    public required string Hash { get; init; }
    public required DateTimeOffset Created { get; init; }
    public DateTimeOffset? LastUsed { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FileKeys))]
sealed partial class KeyFileJson : JsonSerializerContext;
