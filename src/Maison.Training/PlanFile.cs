// The file of a run's plan: replaced whole or not at all, read with a word on what is wrong and where.

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Maison.Training;

/// <summary>Reads and writes what decides a run.</summary>
static class PlanFile
{
    public static void Save<T>(string folder, string name, T plan, JsonTypeInfo<T> type)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(plan, type));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <param name="check">Refuses values that do not fit together, by an <see cref="ArgumentException"/>.</param>
    /// <exception cref="FileNotFoundException">The folder is no run.</exception>
    /// <exception cref="InvalidDataException">The file can not be used.</exception>
    public static T Load<T>(string folder, string name, JsonTypeInfo<T> type, Func<T, T> check) where T : class
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} is missing: this is not a run folder.", path);
        try
        {
            return check(JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new JsonException("it is empty"));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be used: {e.Message}", e);
        }
    }
}
