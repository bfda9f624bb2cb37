using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>Made-up documents with Zipf-like words of the basic plane (so that .NET's regex splits them as intended), and a small tokenizer trained on them.</summary>
static class SampleText
{
    static readonly Lazy<BpeTokenizer> tokenizer = new(() => Train(Documents(11, 300), 700));

    public static BpeTokenizer Tokenizer => tokenizer.Value;

    public static BpeTokenizer Train(IEnumerable<string> documents, int vocabSize, int threads = 1) =>
        BpeTrainer.Train(documents.Select(d => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(d)), vocabSize, MarkNames.All, null, threads, TestContext.Current.CancellationToken);

    public static List<string> Documents(int seed, int count)
    {
        var random = new Random(seed);
        string[] syllables = ["ba", "na", "the", "th", "ing", "er", "aa", "a", "é", "ß", "日本", "на", "er", "s", "x", "qu", "☃"];
        var words = Enumerable.Range(0, 120).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => syllables[random.Next(syllables.Length)]))).ToArray();
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 30); i > 0; i--)
            {
                text.Append(words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))]);
                text.Append(random.Next(12) switch { 0 => ", ", 1 => ".\n", 2 => $" {random.Next(1000)} ", 3 => "'s ", 4 => "\n\n  ", 5 => "!!! ", _ => " " });
            }
            return text.ToString();
        })];
    }
}
