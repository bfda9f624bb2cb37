// Slow laws of training: what a short real run must achieve. Texts are made by rule, so the best possible score is known.

using System.Text;
using Maison.Data.Shards;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Laws;

public sealed class TrainingLaws : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-laws-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Sums up to 9 + 9, spelled out; the answer is the only thing that needs context.</summary>
    static string Sum(int a, int b) => $"{Name(a)} and {Name(b)} make {Name(a + b)}.";

    static string Name(int n) => ((string[])["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"])[n];

    [Theory]
    [InlineData(0), InlineData(4)]
    public async Task FromTextToATokenizerToAModelThatAnswers(int experts)
    {
        var sums = (from a in Enumerable.Range(0, 10) from b in Enumerable.Range(0, 10) select Sum(a, b)).ToArray();
        var tokenizer = BpeTrainer.Train(sums.Select(s => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(s)), 320, MarkNames.All);
        var start = tokenizer.SpecialTokens[MarkNames.EndOfText];
        var shard = Path.Combine(folder, "sums.bin");
        using (var writer = new ShardWriter(shard, tokenizer.VocabSize, start, new byte[32]))
        {
            foreach (var s in sums) writer.Add([start, .. tokenizer.Encode(s)], Encoding.UTF8.GetByteCount(s), "sums");
            writer.Complete();
        }
        var config = TextSizing.Shape((2, 128), tokenizer.VocabSize, context: 64);
        if (experts > 0) config = TextSizing.AsMixture(config, experts, perToken: 2);
        new TextRunPlan(config, new Dictionary<string, double> { [shard] = 1 }, [shard], RowTokens: 64, BatchTokens: 1024, MicroTokens: 1024,
            new Schedule(400, 10, 200, 0.05), new OptimiserOptions(), Seed: 3).Save(folder);
        using var gang = new Gang();
        using var trainer = new TextTrainer(folder, gang);
        Assert.True(trainer.Run(TimeSpan.FromHours(1), 0));

        using var scheduler = new Scheduler(trainer.Model, gang);
        var right = 0;
        foreach (var s in sums)
        {
            var cut = s.LastIndexOf("make", StringComparison.Ordinal) + 4;
            var prompt = tokenizer.Encode(s[..cut]);
            var answer = await scheduler.GenerateAll(new GenerationRequest([start, .. prompt], new SamplingOptions(Temperature: 0), MaxTokens: 8, StopIds: []), TestContext.Current.CancellationToken);
            if (tokenizer.Decode(answer).StartsWith(s[cut..], StringComparison.Ordinal)) right++;
        }
        // All hundred sums were seen hundreds of times: a trainer that works knows nearly all by heart.
        Assert.True(right >= 95, $"Only {right} of 100 sums are right.");
    }
}
