// Preferences as lines of JSON: a question, the answer that was judged better, and the other one. What blind battles export and training reads.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Data.Chat;

/// <summary>A judged pair of answers.</summary>
public sealed record PreferencePair(string Prompt, string Chosen, string Rejected);

/// <summary>Reads and writes preferences.</summary>
public static class PreferenceFile
{
    /// <summary>A pair as one line.</summary>
    public static string Line(PreferencePair pair) => JsonSerializer.Serialize(pair, PreferenceJson.Default.PreferencePair);

    /// <summary>All pairs of a file; empty lines are passed over.</summary>
    /// <exception cref="InvalidDataException">A line is no pair, or there is none; names file, line and remedy.</exception>
    public static IReadOnlyList<PreferencePair> Read(string path)
    {
        var pairs = new List<PreferencePair>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            PreferencePair? pair;
            try { pair = JsonSerializer.Deserialize(line, PreferenceJson.Default.PreferencePair); }
            catch (JsonException e) { throw new InvalidDataException($"{path}, line {number}: {e.Message.TrimEnd('.')}. Each line is an object with prompt, chosen and rejected.", e); }
            if (pair is not { Prompt.Length: > 0, Chosen.Length: > 0, Rejected.Length: > 0 }) throw new InvalidDataException($"{path}, line {number}: prompt, chosen and rejected must all be there and not be empty.");
            if (pair.Chosen == pair.Rejected) throw new InvalidDataException($"{path}, line {number}: chosen and rejected are the same, so there is nothing to learn from it. Remove the line.");
            pairs.Add(pair);
        }
        return pairs.Count > 0 ? pairs : throw new InvalidDataException($"{path} holds no preferences. `maison arena preferences` writes them, one line for each decided vote whose voter agreed.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PreferencePair))]
sealed partial class PreferenceJson : JsonSerializerContext;
