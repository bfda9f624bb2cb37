// maison eval image: whether pictures show what their prompts say, by checks that are no part of what paints; how far they are from real ones; how alike
// they are; what they cost.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Imagine;
using Maison.Cli.Terminal;
using Maison.Data.Pictures.Preparation;
using Maison.Inference.Pictures;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Image;
using Maison.Training.Image.Evaluations;
using Maison.Training.Text;

namespace Maison.Cli.Evaluation;

static class EvalImage
{
    const int MostParti = 36;

    public static Command Create(Surroundings here)
    {
        var model = new Option<string?>("--model") { Description = $"Folder of an image model, packed or a run of the flow, instead of {ImageModel.Shipped}" };
        var judge = new Option<string?>("--judge") { Description = $"Folder of a packed judge, instead of {ImageJudge.Shipped}" };
        var prompts = Choice.Whole("--prompts", "Prompts to paint, spread over all of them; distances and sameness shrink with them", 1, ImagePrompts.Count, ImagePrompts.Count);
        var seed = Choice.Whole("--seed", "Of the first picture; further ones count on", 0, int.MaxValue - 100_000, 1);
        var steps = Choice.Whole("--steps", "Steps from noise to picture; otherwise as many as the model takes", 1, 1000);
        var guidance = Choice.Number("--guidance", "How strongly prompts are followed; 1 is not at all beyond what the weights do by themselves. Otherwise as the model's config says", 1, 30);
        var candidates = Choice.Whole("--candidates", "Seeds that each picture is chosen from, where there is a chooser; otherwise as many as when nobody tells a seed", 1, ImageModel.MostTogether);
        var to = new Option<string?>("--out") { Description = "Folder for pictures, scores and pages; pictures that are there are not painted again. Otherwise evaluations/ in the data folder" };
        var parti = new Option<string?>("--parti") { Description = $"PartiPrompts.tsv: {MostParti} of its prompts, taken by index, are painted on a page and not scored" };
        var data = new Option<string?>("--data") { Description = "Prepared pictures that the model learned from: refuses where a prompt is one of their captions" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var json = new Option<bool>("--json") { Description = "Print the scores as JSON" };
        var device = ComputeDevice.Option();
        var command = new Command("image", "Score an image model: what prompts ask for, distance from real pictures, sameness, time") { model, judge, prompts, seed, steps, guidance, candidates, to, parti, data, threads, json, device };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var folder = LoadedPainter.Find(here, parsed.GetValue(model), "--model") ?? throw new UserException(LoadedPainter.Missing(here));
            var by = FindJudge(here, parsed.GetValue(judge));
            string[] listed = parsed.GetValue(parti) is { } file ? PartiOf(file) : [];
            var pictures = parsed.GetValue(data) is { } learned ? new PreparedPictures(learned) : null;
            if (pictures is not null && ImagePrompts.Taught(pictures) is { Count: > 0 } taught)
                throw new UserException($"--data {parsed.GetValue(data)}: {taught.Count} of the prompts are captions there, such as \"{taught[0]}\". What was taught is no test.");
            ComputeDevice.Use(parsed.GetValue(device));
            var weights = CheckpointFiles.Digest(Path.Combine(folder, SafetensorsFile.ModelName));
            var name = NameOf(folder);
            var place = Path.GetFullPath(parsed.GetValue(to) ?? Path.Combine(HomeFolder.Of(here).Made().Path, "evaluations", $"{name}-{weights[..12]}-{parsed.GetValue(seed)}"));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var loaded = ImageModel.Load(folder, null, LoadedPainter.FindChooser(here), gang);
            using var judging = ImageJudge.Load(by, gang);
            // A prompt that is too long for the model would be another prompt if it were cut.
            string[] read = [.. listed.Where(p => loaded.Tokens(p) <= loaded.MostTokens)], shown = Spread(read, MostParti);
            if (read.Length < listed.Length) error.WriteLine($"{listed.Length - read.Length} of the {listed.Length} prompts of --parti have more than the {loaded.MostTokens} tokens that {name} reads; the page takes others.");
            var options = loaded.Usual with { Steps = parsed.GetValue(steps) ?? loaded.Usual.Steps, Guidance = parsed.GetValue(guidance) ?? loaded.Usual.Guidance };
            var from = parsed.GetValue(candidates) ?? loaded.Candidates(1);
            if (from > 1 && loaded.Candidates(1) == 1) throw new UserException($"--candidates {from}: there is no chooser. Add {PictureChooser.Shipped}, or leave it out.");
            var trial = new ImageTrial(place, name, weights, parsed.GetValue(prompts)!.Value, parsed.GetValue(seed)!.Value, options, from, shown, pictures?.All.Count ?? 0);
            ImageScores scores;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "pictures"))
                scores = new ImageEvaluation(loaded, judging, trial, gang, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total))).Run(stop);
            if (parsed.GetValue(json)) output.WriteLine(scores.ToJson());
            else Show(scores, place, output);
            return Task.FromResult(0);
        });
        return command;
    }

    static void Show(ImageScores s, string place, TextWriter output)
    {
        string[] head = ["CHECK", "N", "PASSED", "REAL PICTURES", "WRONG ONES"];
        TextTable.Write(output, head, [.. s.Categories.Select(Row), ["overall", "", Percent(s.Overall), "", ""], ["all of a prompt", s.Prompts.ToString("N0", CultureInfo.InvariantCulture), Percent(s.Right), "", ""]]);
        output.WriteLine();
        TextTable.Write(output, ["PROMPTS/CHECK", .. head[1..]], [.. s.Groups.Select(Row)]);
        output.WriteLine();
        List<string[]> others = [];
        if (s.Frechet is { } f) others.Add(["Fréchet distance", Number(f, "F1"), $"{Number(s.RealFrechet, "F1")} between halves of the real ones"]);
        if (s.Kernel is { } k) others.Add(["kernel distance", $"{Number(k.Value, "F3")} ± {Number(k.Error, "F3")}", Number(s.RealKernel, "F3")]);
        others.AddRange(s.Sameness.Select(n => new[] { $"sameness, {n.Name}", Number(n.Painted, "F2"), Number(n.Real, "F2") }));
        if (s.SecondsPerPicture is { } seconds) others.Add(["seconds a picture", Number(seconds, "F2"), $"{Number(s.CoreSecondsPerPicture, "F2")} core-seconds, {s.Threads} threads"]);
        TextTable.Write(output, ["", "PAINTED", "REAL PICTURES"], others);
        if (s.Frechet is not null) output.WriteLine($"Distances of {s.Compared[0]} painted from {s.Compared[1]} real pictures in the features of {s.Judge}: few, so the Fréchet distance is too large.");
        output.WriteLine($"Pages and pictures: {place}");
    }

    static string[] Row(CategoryScore c) => [c.Name, c.Count.ToString("N0", CultureInfo.InvariantCulture), Percent(c.Passed), Percent(c.Real), Percent(c.Wrong)];

    static string Percent(Measured m) => Percent(m.Value) + (m.Error is { } e ? $" ± {Number(100 * e, "F1")}" : "");

    static string Percent(double? share) => share is { } s ? $"{Number(100 * s, "F1")} %" : "";

    static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>A run is called by its own name, not by that of the folder of its model.</summary>
    static string NameOf(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetFileName(full) == ImageTrainer.ModelFolder ? Path.GetFileName(Path.GetDirectoryName(full)!) : Path.GetFileName(full);
    }

    static string FindJudge(Surroundings here, string? named)
    {
        string[] places = named is not null ? [named] : [.. new[] { HomeFolder.Of(here).Models, here.ShippedModels }.Select(shelf => Path.Combine(shelf, ImageJudge.Shipped))];
        return places.FirstOrDefault(ImageJudge.IsIn)
            ?? throw new UserException(named is not null ? $"--judge {named} is no packed judge: make one with `maison train image --stage judge` and `maison models pack-judge`." : $"There is no judge: neither {string.Join(" nor ", places)} is there. Train one with `maison train image --stage judge` and pack it with `maison models pack-judge`.");
    }

    /// <summary>The prompts of a table whose first column they are.</summary>
    static string[] PartiOf(string file)
    {
        if (!File.Exists(file)) throw new UserException($"--parti {file}: there is no such file.");
        string[] prompts = [.. File.ReadLines(file).Skip(1).Select(l => l.Split('\t')[0].Trim()).Where(p => p.Length > 0)];
        return prompts.Length > 0 ? prompts : throw new UserException($"--parti {file} holds no prompts: give a table with a head and a prompt in the first column of each line.");
    }

    /// <summary>Every so many-th.</summary>
    static string[] Spread(string[] all, int most) => most >= all.Length ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((2L * i + 1) * all.Length / (2 * most))])];
}
