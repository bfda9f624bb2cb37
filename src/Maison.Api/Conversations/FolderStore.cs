// Folders as rows of the store; the one for every conversation is a row only once it says something.

using System.Text.Json;
using Maison.Api.Store;
using Maison.Wire;

namespace Maison.Api.Conversations;

/// <summary>The folders of one store; safe from any thread.</summary>
sealed class FolderStore(Database database, TimeProvider clock)
{
    static readonly FolderBody Everywhere = new(FolderBody.Everywhere, "", "", "");

    /// <summary>The one for every conversation first, then by name.</summary>
    public List<FolderBody> All(string projectId)
    {
        var kept = database.Read(session => session.Rows("SELECT id, name, instructions, model FROM conversation_folders WHERE project_id = @project ORDER BY name", Read, ("project", projectId)));
        return [kept.FirstOrDefault(f => f.Id == FolderBody.Everywhere) ?? Everywhere, .. kept.Where(f => f.Id != FolderBody.Everywhere)];
    }

    public FolderBody? Find(string projectId, string id) => All(projectId).FirstOrDefault(f => f.Id == id);

    public Task<FolderBody> Create(string projectId, string name, string instructions, string model) => Set(projectId, new(Ids.New("folder"), name, instructions, model));

    /// <summary>Makes a folder, or changes it.</summary>
    public Task<FolderBody> Set(string projectId, FolderBody folder) => database.Write(session =>
    {
        session.Run(
            """
            INSERT INTO conversation_folders (project_id, id, created, name, instructions, model) VALUES (@project, @id, @now, @name, @instructions, @model)
            ON CONFLICT (project_id, id) DO UPDATE SET name = @name, instructions = @instructions, model = @model
            """, ("project", projectId), ("id", folder.Id), ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("name", folder.Name), ("instructions", folder.Instructions), ("model", folder.Model));
        return folder;
    });

    /// <summary>Removes a folder; its conversations are in none from then on.</summary>
    public Task<bool> Delete(string projectId, string id) => database.Write(session =>
    {
        session.Run("DELETE FROM conversation_folders WHERE project_id = @project AND id = @id", ("project", projectId), ("id", id));
        foreach (var (conversation, metadata) in session.Rows("SELECT id, metadata FROM conversations WHERE project_id = @project AND folder = @id", r => (r.Text(0), r.Text(1)), ("project", projectId), ("id", id)))
        {
            var rest = JsonSerializer.Deserialize(metadata, WireJson.Default.IReadOnlyDictionaryStringString)!.Where(m => m.Key != "folder").ToDictionary();
            session.Run("UPDATE conversations SET folder = '', metadata = @metadata WHERE id = @id", ("metadata", JsonSerializer.Serialize(rest, WireJson.Default.IReadOnlyDictionaryStringString)), ("id", conversation));
        }
        return true;
    });

    static FolderBody Read(Row r) => new(r.Text(0), r.Text(1), r.Text(2), r.Text(3));
}
