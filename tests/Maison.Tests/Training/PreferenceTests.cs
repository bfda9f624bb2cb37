// Direct preference optimisation: its gradient against central differences, what a run learns, and that a stopped run goes on to the bit.

using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tests.Training.Evaluations;
using Maison.Training.Text;

namespace Maison.Tests.Training;

public sealed class PreferenceTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-prefer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static int Start => ByteChain.Id(MarkNames.EndOfText);

    static PreferenceText Text(string prompt, string answer) => PreferenceText.Of(new(ByteChain.Tokenizer), Start, prompt, answer);

    [Fact]
    public void OnlyTheAnswersWordsAreScored()
    {
        var text = Text("Hi", "Yes");
        var scored = text.Targets.Where(t => t >= 0).ToArray();
        Assert.StartsWith("Yes", ByteChain.Tokenizer.Decode(scored));
        Assert.Equal(text.Ids.Length, text.Targets.Length);
        Assert.Equal(Start, text.Ids[0]);
        for (var i = 0; i < text.Targets.Length; i++) Assert.True(text.Targets[i] < 0 || text.Targets[i] == text.Ids[i + 1]);
    }

    [Fact]
    public void TheGradientEqualsCentralDifferences()
    {
        using var gang = new Gang(1);
        var model = ByteChain.Untaught(1);
        // The reference is another model's, so that the margin is not 0, where much would cancel.
        using var before = new PreferenceLoss(ByteChain.Untaught(2), gang, 0.5);
        using var loss = new PreferenceLoss(model, gang, 0.5);
        PreferenceExample[] examples = [before.Begin(Text("a", "bcd"), Text("a", "zy")), before.Begin(Text("why", "so"), Text("why", "no, never"))];
        double Loss() => examples.Average(e => PreferenceLoss.Of(loss.Margin(e)));
        foreach (var example in examples) loss.Accumulate(example, 1.0 / examples.Length);

        var (compared, random) = (0, new Random(3));
        foreach (var slot in ModelWeights.Slots(model))
        {
            var param = (Param)slot.Weight;
            var gradient = param.Gradient.ToArray();
            // The steepest element of each weight, where fp32 differences mean something, and one drawn by lot.
            foreach (var i in new[] { Array.IndexOf(gradient, gradient.MaxBy(Math.Abs)), random.Next(gradient.Length) })
            {
                const float h = 4e-3f;
                var was = param.Values[i];
                param.Values[i] = was + h; param.Changed();
                var up = Loss();
                param.Values[i] = was - h; param.Changed();
                var down = Loss();
                param.Values[i] = was; param.Changed();
                Assert.Equal((up - down) / (2 * h), gradient[i], 2e-3 + 0.02 * Math.Abs(gradient[i]));
                compared++;
            }
        }
        Assert.True(compared > 20);
    }

    [Theory]
    [InlineData(0, 0.6931), InlineData(3, 0.0486), InlineData(-3, 3.0486), InlineData(800, 0), InlineData(-800, 800)]
    public void TheLossOfAMarginIsFiniteEverywhere(double margin, double loss) => Assert.Equal(loss, PreferenceLoss.Of(margin), 1e-4);

    string Begin(string name, int steps)
    {
        var start = Path.Combine(folder, "start");
        if (!Directory.Exists(start)) ByteChain.Save(start, ByteChain.Untaught(1));
        var pairs = Path.Combine(folder, "pairs.jsonl");
        // People like answers that say yes, whatever the question.
        if (!File.Exists(pairs)) File.WriteAllLines(pairs, Enumerable.Range(0, 40).Select(i => PreferenceFile.Line(new($"q{i % 13}?", $"yes {(char)('a' + i % 26)}", $"no {(char)('a' + i * 7 % 26)}"))));
        var run = Path.Combine(folder, name);
        new PreferencePlan(pairs, CheckpointFiles.Digest(pairs), start, 0.1, 4, new(steps, 1, steps / 2, 0.1), new() { Matrix = 0.002, Embedding = 0.01, Head = 0.001, Scalar = 0.001, Decay = 0 }, Seed: 1).Save(run);
        foreach (var file in Directory.GetFiles(start, "tokenizer*")) File.Copy(file, Path.Combine(run, Path.GetFileName(file)));
        return run;
    }

    [Fact]
    public void ARunLearnsWhatIsPreferredAndHeldOutPairsShowIt()
    {
        var run = Begin("whole", 20);
        using var gang = new Gang(1);
        using var trainer = new PreferenceTrainer(run, gang);
        Assert.Equal((36, 0), (trainer.Pairs, trainer.TooLong));
        Assert.Equal(Math.Log(2), trainer.HeldOut()!.Value.Loss, 1e-4);
        var last = default(PreferenceMetrics);
        Assert.True(trainer.Run(TimeSpan.FromHours(1), m => last = m));
        Assert.True(last.Loss < 0.55 && last.Agreed == 1, $"loss {last.Loss}, {last.Agreed:P0} agree");
        Assert.Equal(1, trainer.HeldOut()!.Value.Agreed);
        var checkpoint = trainer.Checkpoints.Latest()!;
        Assert.Contains("preferences/pairs.jsonl", File.ReadAllText(Path.Combine(checkpoint, "receipt.json")));
        Assert.True(File.Exists(Path.Combine(checkpoint, "tokenizer.json")));
    }

    [Fact]
    public void AStoppedRunGoesOnToTheBit()
    {
        string whole = Begin("in-one", 6), halves = Begin("in-two", 6);
        using var gang = new Gang(1);
        using (var trainer = new PreferenceTrainer(whole, gang)) trainer.Run(TimeSpan.FromHours(1));
        using (var trainer = new PreferenceTrainer(halves, gang))
        using (var stop = new CancellationTokenSource())
            Assert.False(trainer.Run(TimeSpan.FromHours(1), m => { if (m.Step == 3) stop.Cancel(); }, stop.Token));
        using (var trainer = new PreferenceTrainer(halves, gang))
        {
            Assert.Equal(3, trainer.Step);
            Assert.True(trainer.Run(TimeSpan.FromHours(1)));
        }
        string Weights(string run) => CheckpointFiles.Digest(Path.Combine(new RunCheckpoints(run).Latest()!, SafetensorsFile.ModelName));
        Assert.Equal(Weights(whole), Weights(halves));
    }

    [Fact]
    public void PreferencesThatChangedEndARun()
    {
        var run = Begin("changed", 2);
        File.AppendAllText(Path.Combine(folder, "pairs.jsonl"), PreferenceFile.Line(new("q", "a", "b")) + "\n");
        using var gang = new Gang(1);
        Assert.Contains("was changed since", Assert.Throws<InvalidDataException>(() => new PreferenceTrainer(run, gang)).Message);
    }

    [Theory]
    [InlineData("", "holds no preferences")]
    [InlineData("nonsense", "line 1")]
    [InlineData("""{"prompt":"q","chosen":"a"}""", "rejected must all be there")]
    [InlineData("""{"prompt":"q","chosen":"a","rejected":"a"}""", "the same")]
    [InlineData("""{"prompt":"q","chosen":"a","rejected":"b","score":1}""", "line 1")]
    public void AWrongFileIsRefusedByLine(string content, string why)
    {
        var path = Path.Combine(folder, "wrong.jsonl");
        File.WriteAllText(path, content);
        Assert.Contains(why, Assert.Throws<InvalidDataException>(() => PreferenceFile.Read(path)).Message);
    }
}
