// maison models: what there is, what is in it, and the way in and out for other engines' checkpoints.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Serving;
using Maison.Cli.Terminal;
using Maison.Data.Tokenizers;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Text;

namespace Maison.Cli.Models;

static class ModelsVerb
{
    static readonly Dictionary<string, ElementType> Types = new()
    {
        ["f32"] = ElementType.F32,
        ["f16"] = ElementType.F16,
        ["bf16"] = ElementType.BF16,
        ["q8_0"] = ElementType.Q8_0,
    };

    public static Command Create(Surroundings here)
        => new("models", "List, show, add, export, remove and pack models") { List(here), Show(here), Add(here), Export(here), Remove(here), PackVerb.Create(here), PackG2pVerb.Create(here), PackVoiceVerb.Create(here), PackImageVerb.Create(here), PackImageVerb.CreateScore(here), PackUpscalerVerb.Create(here), PackJudgeVerb.Create(here) };

    static IEnumerable<string> Shelves(Surroundings here) => [HomeFolder.Of(here).Models, here.ShippedModels];

    static Argument<string> Name() => new("name") { Description = "The model's name, as `maison models list` shows it" };

    static Command List(Surroundings here)
    {
        var command = new Command("list", "List the models that `maison serve` serves");
        command.SetAction(parsed =>
        {
            var found = ModelShelf.Find(Shelves(here));
            if (found.Count == 0) parsed.InvocationConfiguration.Error.WriteLine("There is no model yet. Add one: maison models add PATH.");
            else
                TextTable.Write(parsed.InvocationConfiguration.Output, ["NAME", "PARAMETERS", "CONTEXT", "ON DISK", "FROM"], [.. found.Select(m => new[]
                {
                    m.Name, m.Parameters is { } count ? Count(count) : "?", m.Config is { } c ? $"{c.Context}" : "?", ByteSize.Show(m.FileBytes),
                    m.Problem is null ? Shelf(m) : $"{Shelf(m)}; can not be served: {m.Problem}",
                })]);
        });
        return command;

        string Shelf(ShelvedModel model) => Path.GetDirectoryName(model.Folder) == Path.TrimEndingDirectorySeparator(here.ShippedModels) ? "shipped" : "added";
    }

    static Command Show(Surroundings here)
    {
        var name = Name();
        var command = new Command("show", "Show a model's sizes, weights and card") { name };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var model = ModelShelf.Named(parsed.GetValue(name)!, Shelves(here));
            output.WriteLine($"{model.Name}  {model.Folder}");
            if (model.Problem is not null) throw new UserException($"{model.Name} can not be served: {model.Problem}");
            var c = model.Config!;
            output.WriteLine($"{Count(model.Parameters!.Value)} parameters: {c.Layers} blocks of {c.Hidden}, {c.Heads} heads of {c.HeadDim} over {c.KvHeads} key-value heads, "
                + $"{(c.Experts > 0 ? $"{c.ExpertsPerToken} of {c.Experts} experts of {c.ExpertIntermediate}" : $"feed-forward {c.Intermediate}")}, vocabulary {c.Vocab}, context {c.Context}");
            output.WriteLine(c.Extras() is { Count: > 0 } extras ? $"Extras (not in Qwen3, so no export): {string.Join(", ", extras)}" : $"Plain {(c.Experts > 0 ? "Qwen3-MoE" : "Qwen3")}: can be exported");
            using (var file = SafetensorsFile.Open(Path.Combine(model.Folder, SafetensorsFile.ModelName)))
                output.WriteLine("Weights: " + string.Join(", ", file.Tensors.GroupBy(t => t.Type).OrderByDescending(g => g.Sum(t => t.ByteCount))
                    .Select(g => $"{ByteSize.Show(g.Sum(t => t.ByteCount))} {g.Key}")));
            var card = Path.Combine(model.Folder, ShelvedModel.CardName);
            if (File.Exists(card)) output.WriteLine($"\n{File.ReadAllText(card).Trim()}");
        });
        return command;
    }

    static Command Add(Surroundings here)
    {
        var path = new Argument<string>("path") { Description = "A Qwen3 or Qwen3-MoE folder (safetensors), a .gguf file, or a run or checkpoint of `maison train`" };
        var name = new Option<string?>("--name") { Description = "The name to serve it under; otherwise the file's or folder's" };
        var command = new Command("add", "Take a model in, with its tokenizer") { path, name };
        command.SetAction((parsed, stop) =>
        {
            var source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(path)!));
            var chosen = parsed.GetValue(name) ?? Path.GetFileName(source);
            if (parsed.GetValue(name) is null && chosen.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) chosen = Path.GetFileNameWithoutExtension(chosen);
            CheckName(chosen);
            if (ModelShelf.Find(Shelves(here)).Any(m => m.Name == chosen))
                throw new UserException($"A model named '{chosen}' is here already. Choose another name with --name, or take it away first: maison models remove {chosen}.");
            var from = new RunCheckpoints(source).Latest() ?? source;
            // What could not be served is not taken in; the tokenizer inside a GGUF file is checked by its reader.
            if (File.Exists(Path.Combine(from, ShelvedModel.TokenizerName))) BpeTokenizer.Load(Path.Combine(from, ShelvedModel.TokenizerName));
            var shelf = HomeFolder.Of(here).Made().Models;
            Directory.CreateDirectory(shelf);
            using (var line = new ProgressLine(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, share => share.ToString("P0", CultureInfo.InvariantCulture)))
                ModelImport.Run(from, Path.Combine(shelf, chosen), new Told<double>(share => line.Report($"add {chosen}", share, 1)), stop);
            parsed.InvocationConfiguration.Output.WriteLine($"Added {chosen}. `maison chat --model {chosen}` talks to it; `maison serve` serves it from its next start.");
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Refuses what can not be a folder's and a model's name everywhere.</summary>
    internal static void CheckName(string name)
    {
        if (name.Length == 0 || name.StartsWith('.') || name.EndsWith(".tmp", StringComparison.Ordinal) || !name.All(ch => char.IsAsciiLetterOrDigit(ch) || ch is '-' or '_' or '.'))
            throw new UserException($"'{name}' is no name for a model: use letters, digits, '-', '_' and '.'. Give one with --name.");
    }

    static Command Export(Surroundings here)
    {
        var name = Name();
        var to = new Option<string>("--to") { Description = "The folder (safetensors) or file (gguf) to write; it must not exist", Required = true };
        var format = Choice.Word("--format", "safetensors or gguf", "safetensors", "gguf");
        format.Required = true;
        var type = Choice.Word("--type", "Type of the matrices: f32, f16, bf16 or, in gguf, q8_0; otherwise as they are", [.. Types.Keys]);
        var command = new Command("export", "Write a model for other engines") { name, to, format, type };
        command.SetAction((parsed, stop) =>
        {
            var model = ModelShelf.Named(parsed.GetValue(name)!, Shelves(here));
            var target = Path.GetFullPath(parsed.GetValue(to)!);
            ElementType? matrices = parsed.GetValue(type) is { } word ? Types[word] : null;
            using (var line = new ProgressLine(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, share => share.ToString("P0", CultureInfo.InvariantCulture)))
            {
                var progress = new Told<double>(share => line.Report($"export {model.Name}", share, 1));
                if (parsed.GetValue(format) == "gguf") ModelExport.ToGguf(model.Folder, target, matrices, model.Name, progress, stop);
                else if (matrices == ElementType.Q8_0) throw new UserException("--type q8_0 has no form in safetensors that other engines read. Use --format gguf, or another type.");
                else ModelExport.ToHuggingFace(model.Folder, target, matrices, progress, stop);
            }
            parsed.InvocationConfiguration.Output.WriteLine($"Wrote {target}.");
            return Task.FromResult(0);
        });
        return command;
    }

    static Command Remove(Surroundings here)
    {
        var name = Name();
        var command = new Command("remove", "Take an added model away") { name };
        command.SetAction(parsed =>
        {
            var model = ModelShelf.Named(parsed.GetValue(name)!, Shelves(here));
            if (Path.GetDirectoryName(model.Folder) != HomeFolder.Of(here).Models)
                throw new UserException($"{model.Name} came with Maison and stays; only added models are removed.");
            // Out of the shelf first: a kill in the middle leaves no half model to be served.
            var doomed = model.Folder + ".tmp";
            if (Directory.Exists(doomed)) Directory.Delete(doomed, recursive: true);
            Directory.Move(model.Folder, doomed);
            Directory.Delete(doomed, recursive: true);
            parsed.InvocationConfiguration.Output.WriteLine($"Removed {model.Name}.");
        });
        return command;
    }

    static string Count(long parameters) => parameters switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e9:F1} B"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:F1} M"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e3:F0} k"),
    };
}
