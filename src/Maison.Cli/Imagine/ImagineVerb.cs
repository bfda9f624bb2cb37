// maison imagine: a prompt to a picture, or several, or a picture painted anew from another one. The file carries the recipe that made it, and
// --recipe makes it again bit for bit.

using System.CommandLine;
using System.CommandLine.Parsing;
using Maison.Api.Images;
using Maison.Cli.Terminal;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Tensors;
using Maison.Training.Image;

namespace Maison.Cli.Imagine;

static class ImagineVerb
{
    const int MostPrompt = 10_000, BestQuality = 100;

    public static Command Create(Surroundings here)
    {
        var prompt = new Argument<string?>("prompt") { Description = "What the picture shows, and in which style; several are separated by |, which is written \\| within one", Arity = ArgumentArity.ZeroOrOne };
        var model = new Option<string?>("--model") { Description = $"Folder of an image model, packed or a run of the flow, instead of {ImageModel.Shipped}" };
        var to = new Option<string>("--output", "-o") { Description = "File to write: .png, .jpg or .webp", DefaultValueFactory = _ => "out.png" };
        var recipe = new Option<string?>("--recipe") { Description = "A file that this verb or the server made: makes the same picture again" };
        var seed = Choice.Whole("--seed", "Fixes the noise (1); further pictures take the next seeds. Without it one picture is the best of the first few", 0, int.MaxValue, 1);
        var count = Choice.Whole("--count", "Pictures per prompt, as a contact sheet", 1, 64, 1);
        var side = Choice.Whole("--side", "Pixels of a picture, down and across; otherwise the most that the model can", 16, 4096);
        var steps = Choice.Whole("--steps", "Steps from noise to picture; otherwise as many as the model takes", 1, 1000);
        var guidance = Choice.Number("--guidance", "How strongly the prompt is followed; 1 is not at all beyond what the weights do by themselves. Otherwise as the model's config says", 1, 30);
        var source = new SourceOptions();
        var cut = new Option<bool>("--transparent") { Description = "Cut out the plain background, for styles that have one" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("imagine", "Make a picture from a prompt") { prompt, model, to, recipe, seed, count, side, steps, guidance, source.From, source.Mask, source.Area, source.Strength, cut, threads, device };
        command.SetAction((parsed, stop) =>
        {
            var folder = LoadedPainter.Find(here, parsed.GetValue(model), "--model") ?? throw new UserException(LoadedPainter.Missing(here));
            string? upscaler = LoadedPainter.FindUpscaler(here), chooser = LoadedPainter.FindChooser(here);
            var asked = parsed.GetValue(recipe) is { } file
                ? Repeated(file, Path.GetFileName(folder), Path.GetFileName(upscaler), parsed, [seed, count, side, steps, guidance, source.Area, source.Strength, cut], parsed.GetValue(prompt))
                : new PictureRecipe(parsed.GetValue(prompt) ?? "", parsed.GetValue(seed)!.Value, parsed.GetValue(count)!.Value, parsed.GetValue(steps) ?? 0, parsed.GetValue(guidance) ?? 0, Path.GetFileName(folder), Cut: parsed.GetValue(cut));
            var path = parsed.GetValue(to)!;
            var format = Format(path, asked.Cut);
            string[] prompts = PictureRecipe.Split(asked.Prompt);
            if (prompts.Length == 0) throw new UserException("The prompt is empty: say what the picture shows.");
            if (prompts.FirstOrDefault(p => p.Length > MostPrompt) is { } wordy) throw new UserException($"A prompt has {wordy.Length:N0} characters; give at most {MostPrompt:N0}.");
            if (asked.Cut && !prompts.All(PlainBackground.IsAskedFor)) throw new UserException($"--transparent cuts out a plain background. {PlainBackground.Remedy}");
            ComputeDevice.Use(parsed.GetValue(device));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var painter = LoadedPainter.Load(folder, upscaler, chooser, gang);
            var from = source.Read(parsed, painter.Model.Sides[^1], parsed.GetValue(recipe) is { } repeated ? (repeated, asked.Edit) : null);
            if (from is not null && asked.Cut) throw new UserException("--transparent can not be had with --from: the background is that picture's.");
            var large = from is not null && parsed.GetValue(side) is null && parsed.GetValue(recipe) is null ? painter.Model.Sides.FirstOrDefault(s => s >= from.Edit.Side, painter.Model.Sides[^1])
                : parsed.GetValue(side) ?? (parsed.GetValue(recipe) is null ? painter.Model.Sides[^1] : asked.Side > 0 ? asked.Side : painter.Model.Sides[0]);
            if (!painter.Model.Sides.Contains(large)) throw new UserException($"{(parsed.GetValue(recipe) is null ? $"--side {large}" : $"The picture of the recipe has a side of {large}")}: {painter.Name} makes {string.Join(" or ", painter.Model.Sides)}.");
            var usual = painter.Model.Usual;
            asked = asked with { Steps = asked.Steps > 0 ? asked.Steps : usual.Steps, Guidance = asked.Guidance > 0 ? asked.Guidance : usual.Guidance, Side = large, Upscaler = large == painter.Model.Sides[0] ? null : painter.Upscaler, Edit = from?.Recipe };
            string[] unknown = [.. prompts.SelectMany(painter.Model.Unknown).Distinct()];
            if (unknown.Length > 0) parsed.InvocationConfiguration.Error.WriteLine($"Words that the model never saw: {string.Join(", ", unknown)}.");
            var options = usual with { Steps = asked.Steps, Guidance = asked.Guidance };
            var wanted = prompts.SelectMany(p => Enumerable.Range(0, asked.Count).Select(i => new PaintOrder(p, (ulong)asked.Seed + (ulong)i))).ToArray();
            // Nobody told a seed of the one picture: the best of the first few.
            if (wanted.Length == 1 && parsed.GetValue(recipe) is null && from is null && parsed.GetResult(seed) is not { Implicit: false })
                wanted = [wanted[0] with { Seeds = [.. Enumerable.Range(asked.Seed, painter.Model.Candidates(1)).Select(s => (ulong)s)] }];
            IReadOnlyList<PaintedPicture> painted;
            try
            {
                using var line = ProgressLine.Of(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, "steps");
                painted = painter.Model.Paint(wanted, options, large, from?.For(painter.Model.Sides[0]), (step, _) => line.Report("imagine", step, ImageModel.Steps(wanted.Length, options, from?.Recipe.Strength ?? 1)), stop);
            }
            catch (ArgumentException e)
            {
                throw new UserException(e.Message);
            }
            asked = asked with { Seed = (int)painted[0].Seed };
            IReadOnlyList<Picture> pictures = [.. painted.Select(p => Finished(from?.Edit.With(p.Pixels, large) ?? new(large, large, p.Pixels), asked.Cut, p.Seed))];
            var sheet = ContactSheet.Of(pictures, prompts.Length > 1 && asked.Count > 1 ? asked.Count : Math.Min(8, (int)Math.Ceiling(Math.Sqrt(painted.Count))));
            File.WriteAllBytes(path, format.Encode(sheet, BestQuality, asked with { Prompt = PictureRecipe.Joined(prompts) }));
            parsed.InvocationConfiguration.Output.WriteLine(path);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <exception cref="UserException">The file's name has an ending that is not written here, or has no opacity where it is wanted.</exception>
    static PictureFormat Format(string path, bool cut)
    {
        var format = PictureFormat.OfFile(path) ?? throw new UserException($"--output {path}: give a name that ends in .png, .jpg or .webp.");
        if (!format.IsWritten) throw new UserException($"--output {path}: {WebpFile.Missing}");
        return format.HasOpacity || !cut ? format : throw new UserException($"--output {path}: JPEG can not be transparent; give a name that ends in .png or .webp.");
    }

    static Picture Finished(Picture picture, bool cut, ulong seed) => !cut ? picture
        : PlainBackground.Cut(picture) ?? throw new UserException($"The picture of seed {seed} came out without a plain background, so nothing can be cut out. Try another --seed, or leave out --transparent.");

    /// <exception cref="UserException">The file carries no recipe, another model made it, or something else is asked for besides.</exception>
    static PictureRecipe Repeated(string file, string model, string? upscaler, ParseResult parsed, Option[] told, string? prompt)
    {
        if (prompt is not null) throw new UserException("Give a prompt or --recipe, not both.");
        if (told.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option) throw new UserException($"{option.Name} can not be changed in a recipe. Leave it out, or give the prompt instead of --recipe.");
        if (!File.Exists(file)) throw new UserException($"--recipe {file}: there is no such file.");
        PictureRecipe recipe;
        try
        {
            recipe = PictureRecipe.Read(File.ReadAllBytes(file));
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"--recipe {file}: {e.Message}");
        }
        if (recipe.Upscaler is { } enlarged && enlarged != upscaler) throw new UserException($"--recipe {file}: {enlarged} enlarged it, which is not here. Add it with maison models add.");
        return recipe.Model == model ? recipe : throw new UserException($"--recipe {file}: {recipe.Model} made it, not {model}. Name that model with --model.");
    }
}
