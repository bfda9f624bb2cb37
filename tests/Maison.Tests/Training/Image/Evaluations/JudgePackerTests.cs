using Maison.Data.Pictures.Preparation;
using Maison.Tensors;
using Maison.Tests.Data;
using Maison.Tests.Data.Pictures;
using Maison.Training.Image;
using Maison.Training.Image.Evaluations;

namespace Maison.Tests.Training.Image.Evaluations;

public sealed class JudgePackerTests
{
    [Fact]
    public void AJudgeIsPackedWithWhatItIsWorthOnRealPictures()
    {
        using var folder = new TestFolder();
        PicturePreparation.Run(TinyPictures.Write(folder["raw"]), folder["data"], 2);
        var plan = new ImageRunPlan(JudgeStage.Name, folder["data"], 4, 0, WarmupSteps: 1, DecayShare: 0.5, Batch: 8, Rate: 0.02, Seed: 1, Side: 16, Judge: new() { Channels = 8 });
        using var gang = new Gang(2);
        using (var stage = new JudgeStage(plan, gang))
        {
            plan.Save(folder["run"]);
            new ImageTrainer(folder["run"], plan, stage).Run(TimeSpan.FromHours(1), 0);
        }
        // Eight pictures: too few are held out for distances, which is said and not passed over.
        Assert.Contains("held out", Assert.Throws<InvalidDataException>(() => JudgePacker.Run(folder["run"], folder["data"], folder["judge"], null, gang, scenes: 0)).Message);
        Assert.False(Directory.Exists(folder["judge"]));

        using var judge = ImageJudge.Load(folder["run", ImageTrainer.ModelFolder], gang);
        Assert.Null(judge.Measures);
        Assert.Equal(-1, judge.NameOf("owl"));
        Assert.True(judge.NameOf("disc") >= 0);
    }
}
