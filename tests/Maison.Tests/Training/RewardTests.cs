// Tuning to rewards: what a run learns, that a stopped run goes on to the bit, that nothing is learnt where there is nothing to learn, and that the
// rewards of sums are right.

using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tests.Training.Evaluations;
using Maison.Training.Text;

namespace Maison.Tests.Training;

public sealed class RewardTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("maison-reward-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Small letters are worth something, whatever the question.</summary>
    static readonly RewardTask Letters = new("letters", random => ($"q{random.Next(10)}?", text => text.Length == 0 ? 0 : text.Count(char.IsAsciiLetterLower) / (double)text.Length));

    string Begin(string name, int steps, string task = "letters")
    {
        var start = Path.Combine(folder, "start");
        if (!Directory.Exists(start)) ByteChain.Save(start, ByteChain.Untaught(1));
        var run = Path.Combine(folder, name);
        new RewardPlan(task, start, 4, 8, 12, new(steps, 1, steps / 2, 0.1), new() { Matrix = 0.02, Embedding = 0.05, Head = 0.02, Scalar = 0.01, Decay = 0 }, Seed: 1).Save(run);
        foreach (var file in Directory.GetFiles(start, "tokenizer*")) File.Copy(file, Path.Combine(run, Path.GetFileName(file)));
        return run;
    }

    [Fact]
    public void ARunEarnsMore()
    {
        var run = Begin("whole", 30);
        using var gang = new Gang(1);
        using var trainer = new RewardTrainer(run, Letters, gang);
        List<RewardMetrics> seen = [];
        Assert.True(trainer.Run(TimeSpan.FromHours(1), seen.Add));
        double before = seen.Take(3).Average(m => m.Reward), after = seen.TakeLast(3).Average(m => m.Reward);
        Assert.True(after > before + 0.3, $"{before:F2} before, {after:F2} after");
        Assert.True(trainer.Score(20) > before + 0.3);
        Assert.Contains("letters", File.ReadAllText(Path.Combine(trainer.Checkpoints.Latest()!, "receipt.json")));
    }

    [Fact]
    public void AStoppedRunGoesOnToTheBit()
    {
        string whole = Begin("in-one", 6), halves = Begin("in-two", 6);
        using var gang = new Gang(1);
        using (var trainer = new RewardTrainer(whole, Letters, gang)) trainer.Run(TimeSpan.FromHours(1));
        using (var trainer = new RewardTrainer(halves, Letters, gang))
        using (var stop = new CancellationTokenSource())
            Assert.False(trainer.Run(TimeSpan.FromHours(1), m => { if (m.Step == 3) stop.Cancel(); }, stop.Token));
        using (var trainer = new RewardTrainer(halves, Letters, gang))
        {
            Assert.Equal(3, trainer.Step);
            Assert.True(trainer.Run(TimeSpan.FromHours(1)));
        }
        string Weights(string run) => CheckpointFiles.Digest(Path.Combine(new RunCheckpoints(run).Latest()!, SafetensorsFile.ModelName));
        Assert.Equal(Weights(whole), Weights(halves));
    }

    [Fact]
    public void WhereAllAnswersAreWorthTheSameNothingIsLearnt()
    {
        var run = Begin("flat", 2, "flat");
        using var gang = new Gang(1);
        using var trainer = new RewardTrainer(run, new("flat", _ => ("q?", _ => 0.5)), gang);
        var before = trainer.Model.Blocks[0].Attn.Q is Param q ? q.Values.ToArray() : [];
        Assert.True(trainer.Run(TimeSpan.FromHours(1), m => Assert.Equal((0.5, 0.0, 0.0), (m.Reward, m.Mixed, m.GradientNorm))));
        Assert.Equal(before, ((Param)trainer.Model.Blocks[0].Attn.Q).Values.ToArray());
        Assert.Throws<InvalidDataException>(() => new RewardTrainer(run, Letters, gang));
    }

    [Fact]
    public void SumsAreRightWhenTheyEndOnTheirNumber()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var again = new Random(i);
            var (question, answer) = Maison.Data.Corpora.SumProblems.Question(new Random(i));
            var (asked, reward) = RewardTask.Sums.Draw(again);
            Assert.Equal(question, asked);
            Assert.Equal((1, 0, 0), (reward($"Let us see: {random.Next()}\n\nThe answer is {answer}."), reward($"The answer is {answer + 1}."), reward("I do not know.")));
        }
    }
}
