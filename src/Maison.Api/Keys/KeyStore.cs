// The keys that open the server, in one small file of the data folder. The file is the truth: every change reads it, changes it and
// replaces it atomically under a lock file, so `maison` in another terminal and a running server never undo each other's changes.
// A file that can not be read stops the start instead of being overwritten.

using System.Text.Json;

namespace Maison.Api.Keys;

/// <summary>The API keys of one data folder; safe from any thread.</summary>
public sealed class KeyStore
{
    static readonly TimeSpan LastUsedPrecision = TimeSpan.FromMinutes(1);

    readonly string path;
    readonly TimeProvider clock;
    readonly Lock gate = new();
    volatile IReadOnlyList<ApiKey> keys;
    DateTime readAt;

    KeyStore(string path, TimeProvider clock)
    {
        this.path = path;
        this.clock = clock;
        keys = [];
        Reload();
    }

    /// <summary>The stored keys, oldest first.</summary>
    public IReadOnlyList<ApiKey> Keys => keys;

    /// <summary>Where the keys are stored.</summary>
    public string Path => path;

    /// <summary>Opens home/keys.json as it is, which may be missing.</summary>
    /// <param name="home">The data folder.</param>
    /// <param name="clock">Dates creation and last use; the system's when null.</param>
    /// <exception cref="InvalidDataException">keys.json is damaged; it is left as it is.</exception>
    public static KeyStore Open(string home, TimeProvider? clock = null) => new(System.IO.Path.Combine(home, "keys.json"), clock ?? TimeProvider.System);

    /// <summary>Opens home/keys.json and makes sure that there is a key.</summary>
    /// <param name="home">The data folder; created if it is missing.</param>
    /// <param name="givenKey">A key that must be valid from now on (MAISON_API_KEY), or null. It is added if it is not in the store.</param>
    /// <param name="clock">Dates creation and last use; the system's when null.</param>
    /// <returns>The store, and the value of a newly made key: the only time that it can be shown.</returns>
    /// <exception cref="InvalidDataException">keys.json is damaged; it is left as it is.</exception>
    /// <exception cref="ArgumentException">The given key can not travel in a header.</exception>
    public static (KeyStore Store, string? NewKey) OpenOrCreate(string home, string? givenKey, TimeProvider? clock = null)
    {
        if (givenKey is not null && (givenKey.Length == 0 || givenKey.Any(c => c is <= ' ' or > '~')))
            throw new ArgumentException("MAISON_API_KEY must be one word of printable ASCII characters; unset it to have a key made.");
        Directory.CreateDirectory(home);
        var store = Open(home, clock);
        if (givenKey is not null)
        {
            if (store.Find(givenKey) is null) store.Add(givenKey, "given");
            return (store, null);
        }
        return (store, store.keys.Count == 0 ? store.Create("first") : null);
    }

    /// <summary>Makes a key and returns its value, which is not stored and can not be shown again.</summary>
    public string Create(string name)
    {
        var value = ApiKey.Generate();
        Add(value, name);
        return value;
    }

    /// <summary>Takes a key out; false if there is none of that id.</summary>
    public bool Revoke(string id)
    {
        var found = false;
        Change(stored =>
        {
            var left = stored.Where(k => k.Id != id).ToList();
            found = left.Count < stored.Count;
            return left;
        });
        return found;
    }

    /// <summary>Whether the key is valid, also when another process has made or revoked it meanwhile; remembers when it was last used, to the minute.</summary>
    public bool Accepts(string value)
    {
        if (File.GetLastWriteTimeUtc(path) != readAt) Reload();
        if (Find(value) is not { } key) return false;
        var now = clock.GetUtcNow();
        if (key.LastUsed is not { } last || now - last >= LastUsedPrecision) Touch(key.Id, now);
        return true;
    }

    /// <summary>Compares with every key, found or not, so that the time tells nothing.</summary>
    ApiKey? Find(string value)
    {
        ApiKey? found = null;
        foreach (var key in keys)
            if (key.Matches(value)) found = key;
        return found;
    }

    void Add(string value, string name) => Change(stored => [.. stored, ApiKey.Of(value, name, clock.GetUtcNow())]);

    void Touch(string id, DateTimeOffset now)
    {
        lock (gate) keys = Touched(keys);
        try
        {
            Change(Touched);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk or a held lock must not refuse a valid key; the time of use is written with the next change.
        }

        List<ApiKey> Touched(IReadOnlyList<ApiKey> stored) => [.. stored.Select(k => k.Id == id ? k with { LastUsed = now } : k)];
    }

    void Change(Func<IReadOnlyList<ApiKey>, List<ApiKey>> change)
    {
        lock (gate)
        {
            using var held = LockFile();
            var changed = change(Read());
            var draft = path + ".new";
            using (var file = NewFile(draft))
            {
                JsonSerializer.Serialize(file, new KeyFile(changed), KeyJson.Default.KeyFile);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
            keys = changed;
            readAt = File.GetLastWriteTimeUtc(path);
        }
    }

    FileStream LockFile()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(10);
            }
        }
    }

    static FileStream NewFile(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(file, options);
    }

    void Reload()
    {
        lock (gate)
        {
            readAt = File.GetLastWriteTimeUtc(path);
            keys = Read();
        }
    }

    IReadOnlyList<ApiKey> Read()
    {
        if (!File.Exists(path)) return [];
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), KeyJson.Default.KeyFile);
            var stored = file?.Keys ?? throw new JsonException("\"keys\" is missing.");
            foreach (var key in stored)
                if (Convert.FromBase64String(key.Hash).Length != 32) throw new FormatException($"the hash of {key.Id} is not 32 bytes.");
                else _ = Convert.FromBase64String(key.Salt);
            return stored;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message} Restore it from a backup, or move it away to start with a new key.", e);
        }
    }
}
