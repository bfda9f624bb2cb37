// Finds voice corpora: folders with a metadata.csv (id|speaker|style|text, a heading line) and a recording per id, anywhere below. It
// opens no recording. A line without a recording, or a recording twice, stops the reading: silence about it would lose work.

using Maison.Data.Corpora;

namespace Maison.Data.Audio.Preparation;

/// <summary>One recording and what is said in it.</summary>
public sealed record Recording(string Id, string Speaker, string Style, string Text, string Path);

/// <summary>A folder of recordings.</summary>
/// <param name="Name">Folder name.</param>
/// <param name="Recordings">In the order of metadata.csv.</param>
/// <param name="Licence">Terms and attribution.</param>
/// <param name="Metadata">Path of metadata.csv.</param>
public sealed record VoiceCorpus(string Name, IReadOnlyList<Recording> Recordings, CorpusLicence Licence, string Metadata)
{
    /// <summary>File that names the recordings.</summary>
    public const string MetadataName = "metadata.csv";
    const string Heading = "id|speaker|style|text";

    /// <summary>The corpora under a path, in ordinal order of their names: folders of it, or the folder itself.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A line is wrong, or its recording is missing; the message names file, line and remedy.</exception>
    public static IReadOnlyList<VoiceCorpus> Find(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path)) throw new FileNotFoundException($"No folder at {path}. Give a folder of voice corpora, each with its {MetadataName}.");
        string[] folders = File.Exists(Path.Combine(path, MetadataName)) ? [path]
            : [.. Directory.GetDirectories(path).Where(f => File.Exists(Path.Combine(f, MetadataName))).Order(StringComparer.Ordinal)];
        return folders.Length > 0 ? [.. folders.Select(Read)] : throw new FileNotFoundException($"No voice corpus in {path}: neither it nor its folders hold a {MetadataName} ({Heading}).");
    }

    static VoiceCorpus Read(string folder)
    {
        var metadata = Path.Combine(folder, MetadataName);
        Dictionary<string, string> sounds = [];
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => SoundFile.Endings.Contains(Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal))
            if (!sounds.TryAdd(Path.GetFileNameWithoutExtension(file), file))
                throw new InvalidDataException($"{folder} holds the recording {Path.GetFileNameWithoutExtension(file)} twice. Remove one.");

        List<Recording> recordings = [];
        HashSet<string> seen = [];
        var number = 0;
        foreach (var line in File.ReadLines(metadata))
        {
            number++;
            if (number == 1)
            {
                if (line.Trim() != Heading) throw new InvalidDataException($"{metadata}:1: begin with the line \"{Heading}\".");
                continue;
            }
            if (string.IsNullOrWhiteSpace(line)) continue;
            var cells = line.Split('|', 4);
            if (cells.Length < 4 || cells.Any(string.IsNullOrWhiteSpace)) throw new InvalidDataException($"{metadata}:{number}: give {Heading}, none of them empty.");
            var id = cells[0].Trim();
            if (!seen.Add(id)) throw new InvalidDataException($"{metadata}:{number}: {id} stands there twice. Remove one line.");
            if (!sounds.TryGetValue(id, out var sound)) throw new InvalidDataException($"{metadata}:{number}: no recording {id} ({string.Join(", ", SoundFile.Endings)}) in {folder}. Add it or remove the line.");
            recordings.Add(new(id, cells[1].Trim(), cells[2].Trim(), cells[3].Trim(), sound));
        }
        if (recordings.Count == 0) throw new InvalidDataException($"{metadata} names no recording.");
        var name = Path.GetFileName(folder);
        return new(name, recordings, CorpusLicence.Find(folder, name), metadata);
    }
}
