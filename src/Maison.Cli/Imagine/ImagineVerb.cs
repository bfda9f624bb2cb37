// maison imagine: a caption to a picture, or several, as PNG. The file carries the recipe that made it.

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Cli.Terminal;
using Maison.Data.Pictures;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Training;

namespace Maison.Cli.Imagine;

static class ImagineVerb
{
    const int MostPrompt = 10_000;

    public static Command Create(Surroundings here)
    {
        var prompt = new Argument<string>("prompt") { Description = "What the picture shows, and in which style; several are separated by |" };
        var model = new Option<string>("--model") { Description = "Folder of an image model: a run of the flow, a checkpoint of it or what it left", Required = true };
        var to = new Option<string>("--output", "-o") { Description = "PNG file", DefaultValueFactory = _ => "out.png" };
        var seed = Choice.Whole("--seed", "Fixes the noise; further pictures take the next seeds", 0, int.MaxValue, 1);
        var count = Choice.Whole("--count", "Pictures per prompt, as a contact sheet", 1, 64, 1);
        var steps = Choice.Whole("--steps", "Steps from noise to picture", 1, 1000, 16);
        var guidance = Choice.Number("--guidance", "How strongly the prompt is followed; 1 is not at all beyond itself (4)", 1, 30);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("imagine", "Make a picture from a prompt") { prompt, model, to, seed, count, steps, guidance, threads, device };
        command.SetAction((parsed, stop) =>
        {
            string[] prompts = [.. parsed.GetValue(prompt)!.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            if (prompts.Length == 0) throw new UserException("The prompt is empty: say what the picture shows.");
            if (prompts.FirstOrDefault(p => p.Length > MostPrompt) is { } long1) throw new UserException($"A prompt has {long1.Length:N0} characters; give at most {MostPrompt:N0}.");
            ComputeDevice.Use(parsed.GetValue(device));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            var folder = CheckpointFolders.Resolve(parsed.GetValue(model)!);
            var tokenizer = BpeTokenizer.Load(folder);
            using var painter = new Painter(ImageCheckpoint.LoadFlow(folder), ImageCheckpoint.LoadAutoencoder(Path.Combine(folder, ImageCheckpoint.AutoencoderFolder)), gang);
            var options = new PaintingOptions(parsed.GetValue(steps)!.Value, parsed.GetValue(guidance) ?? 4f);
            int first = parsed.GetValue(seed)!.Value, each = parsed.GetValue(count)!.Value;
            var paintings = prompts.SelectMany(p => Enumerable.Range(0, each).Select(i => new Painting(tokenizer.Encode(p), (ulong)(first + i)))).ToArray();
            IReadOnlyList<byte[]> painted;
            using (var line = ProgressLine.Of(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, "steps"))
                painted = painter.Paint(paintings, options, step => line.Report("imagine", step, options.Steps), stop);
            var sheet = ContactSheet.Of(painted, painter.Side, prompts.Length > 1 && each > 1 ? each : Math.Min(8, (int)Math.Ceiling(Math.Sqrt(painted.Count))));
            var recipe = JsonSerializer.Serialize(new Recipe(string.Join(" | ", prompts), first, each, options.Steps, options.Guidance, Path.GetFileName(folder)), RecipeJson.Default.Recipe);
            var path = parsed.GetValue(to)!;
            PngFile.Write(path, sheet, new Dictionary<string, string> { ["maison"] = recipe });
            parsed.InvocationConfiguration.Output.WriteLine(path);
            return Task.FromResult(0);
        });
        return command;
    }
}

/// <summary>How a picture was made.</summary>
sealed record Recipe(string Prompt, int Seed, int Count, int Steps, float Guidance, string Model);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Recipe))]
sealed partial class RecipeJson : JsonSerializerContext;
