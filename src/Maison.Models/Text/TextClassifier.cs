// A text classifier small enough to read every message: words, pairs of words and pieces of words fall into buckets by hash, each bucket has a
// weight per label, and a label's score is the logistic function of their sum (arXiv 1607.01759, arXiv 1607.04606). Several labels may hold at once.

using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Models.Weights;

namespace Maison.Models.Text;

/// <summary>What a classifier tells apart, and how it reads.</summary>
/// <param name="Labels">What is scored.</param>
/// <param name="Thresholds">From which score on a label is taken for given, one per label.</param>
/// <param name="Buckets">Rows of the weight table; a power of two.</param>
public sealed record ClassifierConfig(IReadOnlyList<string> Labels, IReadOnlyList<float> Thresholds, int Buckets);

/// <summary>Weights of a classifier, and its reading of text.</summary>
public sealed class TextClassifier
{
    /// <summary>The family in config.json.</summary>
    public const string Family = "maison-classifier";

    const string ConfigName = "config.json", WeightsName = "buckets", BiasName = "bias";
    const int PieceLetters = 4, MostWordLetters = 32, ShortText = 24;

    /// <param name="weights">(buckets, labels), row after row.</param>
    /// <param name="bias">One per label.</param>
    public TextClassifier(ClassifierConfig config, float[] weights, float[] bias)
    {
        if (config.Buckets < 1 || (config.Buckets & (config.Buckets - 1)) != 0) throw new ArgumentException($"buckets ({config.Buckets}) must be a power of two.", nameof(config));
        if (config.Labels.Count == 0 || config.Thresholds.Count != config.Labels.Count) throw new ArgumentException("A classifier needs labels and a threshold for each.", nameof(config));
        if (weights.Length != config.Buckets * config.Labels.Count || bias.Length != config.Labels.Count) throw new ArgumentException("Weights and bias do not fit buckets and labels.", nameof(weights));
        (Config, Weights, Bias) = (config, weights, bias);
    }

    public ClassifierConfig Config { get; }
    public float[] Weights { get; }
    public float[] Bias { get; }

    /// <summary>The buckets of a text; a bucket stands once for each thing that fell into it. Empty for a text without letters.</summary>
    public static void Read(ReadOnlySpan<char> text, int buckets, List<int> into)
    {
        into.Clear();
        var mask = buckets - 1;
        Span<char> word = stackalloc char[MostWordLetters + 2];
        word[0] = '<';
        uint last = 0, beforeLast = 0;
        var length = 1;
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            if (c == '’') c = '\'';
            if (char.IsLetterOrDigit(c) || c == '\'' && length > 1)
            {
                if (length <= MostWordLetters) word[length++] = char.ToLowerInvariant(c);
                continue;
            }
            while (length > 1 && word[length - 1] == '\'') length--;
            if (length == 1) continue;
            word[length++] = '>';
            var hash = Hash(word[..length], 0);
            into.Add((int)hash & mask);
            if (last != 0) into.Add((int)Pair(last, hash, 1) & mask);
            if (beforeLast != 0) into.Add((int)Pair(beforeLast, hash, 2) & mask);
            for (var p = 0; length > PieceLetters + 1 && p + PieceLetters <= length; p++) into.Add((int)Hash(word.Slice(p, PieceLetters), 3) & mask);
            (beforeLast, last, length) = (last, hash, 1);
        }
    }

    /// <summary>The score of each label, 0 to 1, for a short text such as a sentence.</summary>
    public float[] Scores(ReadOnlySpan<char> text)
    {
        var read = new List<int>();
        Read(text, Config.Buckets, read);
        return Scores(read);
    }

    /// <summary>The score of each label for what <see cref="Read"/> gave.</summary>
    public float[] Scores(List<int> read)
    {
        var sums = new float[Config.Labels.Count];
        foreach (var bucket in CollectionsMarshal.AsSpan(read))
            for (var l = 0; l < sums.Length; l++) sums[l] += Weights[bucket * sums.Length + l];
        var scale = Scale(read.Count);
        for (var l = 0; l < sums.Length; l++) sums[l] = 1 / (1 + MathF.Exp(-(sums[l] * scale + Bias[l])));
        return sums;
    }

    /// <summary>What each of so many buckets counts, so that long sentences do not shout; those of few words speak softly, as they say little.</summary>
    public static float Scale(int count) => count == 0 ? 0 : 1 / MathF.Sqrt(count + ShortText);

    /// <summary>Writes config.json and the weights as bf16.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, ConfigName), JsonSerializer.SerializeToUtf8Bytes(new ClassifierFile(Family, Config), ClassifierJson.Default.ClassifierFile));
        using var file = SafetensorsWriter.Create(Path.Combine(folder, SafetensorsFile.ModelName),
            [new(WeightsName, ElementType.BF16, [Config.Buckets, Config.Labels.Count]), new(BiasName, ElementType.F32, [Config.Labels.Count])]);
        file.Write(WeightsName, Weights);
        file.Write(BiasName, Bias);
        file.Commit();
    }

    /// <summary>Loads a folder that <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointFormatException">It holds no classifier; names file and remedy.</exception>
    public static TextClassifier Load(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ClassifierJson.Default.ClassifierFile);
            if (file is not { Family: Family, Config: { } config }) throw new CheckpointFormatException(path, "family", $"it is not {Family}", "Give the folder of a classifier");
            using var weights = SafetensorsFile.Open(folder);
            return new(config, Floats(weights, WeightsName), Floats(weights, BiasName));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointFormatException(path, "file", e.Message, "Give the folder of a whole classifier");
        }
    }

    static float[] Floats(SafetensorsFile file, string name)
        => (file.Find(name) ?? throw new CheckpointFormatException(file.Path, $"tensor '{name}'", "it is missing", "Give the folder of a whole classifier")).ReadAll();

    static uint Hash(ReadOnlySpan<char> text, uint kind)
    {
        var h = 2166136261u ^ kind * 0x9E3779B9;
        foreach (var c in text) h = (h ^ c) * 16777619;
        return Finish(h);
    }

    static uint Pair(uint a, uint b, uint kind) => Finish((a * 31 + b) ^ kind * 0x85EBCA6B);

    static uint Finish(uint h)
    {
        h = (h ^ (h >> 16)) * 0x85EBCA6B;
        h = (h ^ (h >> 13)) * 0xC2B2AE35;
        return (h ^ (h >> 16)) | 1u << 31;          // the highest bit, which no mask reaches, keeps 0 for "no word"
    }
}

sealed record ClassifierFile(string Family, ClassifierConfig Config);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ClassifierFile))]
sealed partial class ClassifierJson : JsonSerializerContext;
