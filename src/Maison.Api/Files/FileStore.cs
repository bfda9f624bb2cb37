// Uploaded and written files: bytes in the data folder under their id, everything else a row. A file is whole before its row is there, so
// what is listed can be read; bytes without a row are what an interrupted upload left, and are cleared away at the next start.

using Maison.Api.Store;

namespace Maison.Api.Files;

/// <summary>A stored file.</summary>
sealed record StoredFile(string Id, string ProjectId, string Name, string Purpose, long Bytes, DateTimeOffset Created, DateTimeOffset? Expires);

/// <summary>The files of one data folder; safe from any thread.</summary>
sealed class FileStore
{
    const string Columns = "id, project_id, name, purpose, bytes, created, expires", Draft = ".part";
    static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    readonly Database database;
    readonly TimeProvider clock;
    readonly string folder;

    public FileStore(Database database, TimeProvider clock)
    {
        (this.database, this.clock, folder) = (database, clock, Path.Combine(database.Home, "files"));
        if (Directory.Exists(folder)) Clear();
    }

    /// <summary>The newest first, or the oldest.</summary>
    public List<StoredFile> List(string projectId, string? purpose) => database.Read(session => session.Rows(
        $"SELECT {Columns} FROM files WHERE project_id = @project AND (purpose = @purpose OR @purpose = '') AND (expires IS NULL OR expires > @now) ORDER BY created DESC, id DESC",
        Read, ("project", projectId), ("purpose", purpose ?? ""), ("now", Now())));

    /// <summary>The file, if this project has it and it has not expired.</summary>
    public StoredFile? Find(string projectId, string id) => database.Read(session => session.First(
        $"SELECT {Columns} FROM files WHERE id = @id AND project_id = @project AND (expires IS NULL OR expires > @now)", Read, ("id", id), ("project", projectId), ("now", Now())));

    public FileStream Open(StoredFile file) => File.OpenRead(PathOf(file.Id));

    /// <summary>Takes bytes as they come, and keeps them when all are there.</summary>
    public Task<StoredFile> Add(string projectId, string name, string purpose, TimeSpan? lives, Func<Stream, Task> write, Func<Session, StoredFile, bool>? also = null) => Add(projectId, async to =>
    {
        await write(to);
        return (name, purpose, lives);
    }, also);

    /// <summary>Takes bytes as they come, and keeps them when all are there; what they are is known then.</summary>
    public async Task<StoredFile> Add(string projectId, Func<Stream, Task<(string Name, string Purpose, TimeSpan? Lives)>> write, Func<Session, StoredFile, bool>? also = null)
    {
        Directory.CreateDirectory(folder);
        var id = Ids.New("file").Replace('_', '-');
        var draft = PathOf(id) + Draft;
        try
        {
            long bytes;
            (string Name, string Purpose, TimeSpan? Lives) told;
            await using (var stream = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
            {
                told = await write(stream);
                stream.Flush(flushToDisk: true);
                bytes = stream.Length;
            }
            File.Move(draft, PathOf(id));
            var file = new StoredFile(id, projectId, told.Name, told.Purpose, bytes, clock.GetUtcNow(), told.Lives is { } span ? clock.GetUtcNow() + span : null);
            await database.Write(session =>
            {
                Insert(session, file);
                return also is null || also(session, file);
            });
            return file;
        }
        catch
        {
            File.Delete(draft);
            File.Delete(PathOf(id));
            throw;
        }
    }

    /// <summary>Removes a file; false if this project has none of that id.</summary>
    public async Task<bool> Delete(string projectId, string id)
    {
        if (await database.Write(s => s.Run("DELETE FROM files WHERE id = @id AND project_id = @project", ("id", id), ("project", projectId))) == 0) return false;
        File.Delete(PathOf(id));
        return true;
    }

    static void Insert(Session session, StoredFile file) => session.Run($"INSERT INTO files ({Columns}) VALUES (@id, @project, @name, @purpose, @bytes, @created, @expires)",
        ("id", file.Id), ("project", file.ProjectId), ("name", file.Name), ("purpose", file.Purpose), ("bytes", file.Bytes),
        ("created", file.Created.ToUnixTimeMilliseconds()), ("expires", file.Expires?.ToUnixTimeMilliseconds()));

    /// <summary>Removes expired files, and bytes that no row names and that nobody is writing any more.</summary>
    void Clear()
    {
        database.WriteNow(s => s.Run("DELETE FROM files WHERE expires <= @now", ("now", Now())));
        var known = database.Read(s => s.Rows("SELECT id FROM files", r => r.Text(0))).ToHashSet();
        foreach (var path in Directory.GetFiles(folder))
            if (!known.Contains(Path.GetFileName(path)) && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > Abandoned) File.Delete(path);
    }

    string PathOf(string id) => Path.Combine(folder, id);

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    static StoredFile Read(Row r) => new(r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Whole(4), r.Time(5), r.TimeOrNull(6));
}
