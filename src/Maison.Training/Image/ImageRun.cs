// What a finished image run tells about itself: plan, receipt of its last checkpoint, measures. Weights are not read.

using System.Globalization;
using System.Text.Json;
using Maison.Data.Pictures.Preparation;

namespace Maison.Training.Image;

/// <summary>A run as it is told of.</summary>
/// <param name="Checkpoint">The folder of its last receipt.</param>
public sealed record ImageRun(string Folder, string Checkpoint, ImageRunPlan Plan, ImageReceipt Receipt, IReadOnlyList<ImageStepMetrics> Steps, IReadOnlyList<ImageHeldOutMetrics> HeldOut)
{
    const string ReceiptName = "receipt.json";

    /// <summary>Reads a run.</summary>
    /// <exception cref="InvalidDataException">It is of another stage, or has no receipt; names the remedy.</exception>
    public static ImageRun Read(string folder, string stage)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var plan = ImageRunPlan.Load(folder);
        if (plan.Stage != stage) throw new InvalidDataException($"{folder} is a run of the stage {plan.Stage}, not of {stage}. Give a run of the {stage} there.");
        var checkpoints = Path.Combine(folder, "checkpoints");
        var receipt = (Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, ReceiptName, SearchOption.AllDirectories) : []).Order(StringComparer.Ordinal).LastOrDefault()
            ?? throw new InvalidDataException($"{checkpoints} holds no {ReceiptName}: only what `maison train image` made is packed.");
        try
        {
            var made = JsonSerializer.Deserialize(File.ReadAllBytes(receipt), ImageJson.Default.ImageReceipt) ?? throw new JsonException("it is empty.");
            var steps = new SortedDictionary<int, ImageStepMetrics>();
            var held = new SortedDictionary<int, ImageHeldOutMetrics>();
            var metrics = Path.Combine(folder, "metrics.jsonl");
            foreach (var line in File.Exists(metrics) ? File.ReadLines(metrics) : [])
                try
                {
                    using var json = JsonDocument.Parse(line);
                    if (json.RootElement.TryGetProperty("heldOut", out _) && json.RootElement.Deserialize(ImageMetricsJson.Default.ImageHeldOutMetrics) is { } h) held[h.Step] = h;
                    else if (json.RootElement.Deserialize(ImageMetricsJson.Default.ImageStepMetrics) is { Losses: not null } s) steps[s.Step] = s;
                }
                catch (JsonException) { }   // a line that a kill tore: a curve can do without a point
            return new(folder, Path.GetDirectoryName(receipt)!, plan, made, [.. steps.Values], [.. held.Values]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{receipt} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What made a flow or a judge: the receipt of the run or of the model that a folder of weights is of; null where it tells nothing.</summary>
    /// <param name="stage">What the weights are of.</param>
    public static ImageReceipt? ReceiptOf(string weights, string stage)
    {
        var beside = Path.Combine(weights, ReceiptName);
        if (File.Exists(beside)) return JsonSerializer.Deserialize(File.ReadAllBytes(beside), ImageJson.Default.ImageReceipt);
        var run = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(weights)))!;
        return File.Exists(Path.Combine(run, ImageRunPlan.FileName)) ? Read(run, stage).Receipt : null;
    }

    /// <exception cref="InvalidDataException">It learned from other pictures than those of a folder.</exception>
    public void CheckData(PreparedPictures pictures, string data)
    {
        foreach (var (file, digest) in Receipt.Data)
            if (pictures.Ledger.FirstOrDefault(e => e.File == file)?.Sha256 != digest)
                throw new InvalidDataException($"{Folder} learned from {file} as it is not in {data}. Give the prepared pictures that it was trained on.");
    }

    /// <summary>The command that makes such a run; folders are named, not placed.</summary>
    public string Command
    {
        get
        {
            var words = new List<string> { $"maison train image --run {Plan.Stage} --stage {Plan.Stage} --data DATA" };
            if (Plan.Reward is not null) words.Add(string.Create(CultureInfo.InvariantCulture, $"--teacher {FlowStage.DistilName} --judge {JudgeStage.Name} --few-steps {Plan.FewSteps} --anchor {Plan.Anchor:0.####} --critic {Plan.Critic:0.####}"));
            else if (Plan.Teacher is not null) words.Add($"--teacher {FlowStage.Name} --few-steps {Plan.FewSteps}");
            else if (Plan.From is not null) words.Add($"--from {Plan.Stage}-before{(Plan.Stage == FlowStage.Name ? $" --autoencoder {AutoencoderStage.Name}" : "")}");
            else if (Plan.Flow is { } f) words.Add($"--autoencoder {AutoencoderStage.Name} --tokenizer TOKENIZER --hidden {f.Hidden} --blocks {f.Blocks} --patch {f.Patch}");
            if (Plan.Enlarger is { } u) words.Add($"--hidden {u.Channels} --blocks {u.Blocks}");
            if (Plan.Judge is { } j && Plan.From is null) words.Add($"--hidden {j.Channels} --blocks {j.Blocks}{(j.Colours ? " --colours" : "")}");
            if (Plan.Coder is { } c) words.Add($"--hidden {c.Quarter} --blocks {c.DecoderBlocks}");
            words.Add(Plan.Steps > 0 ? $"--steps {Plan.Steps}" : string.Create(CultureInfo.InvariantCulture, $"--minutes {Plan.Minutes:0.####}"));
            words.Add(string.Create(CultureInfo.InvariantCulture, $"--batch {Plan.Batch}{(Plan.Teacher is null && Plan.From is null ? $" --side {Plan.Side}" : "")} --lr {Plan.Rate:0.####} --seed {Plan.Seed}"));
            if (Plan.Stage == FlowStage.Name) words.Add(string.Create(CultureInfo.InvariantCulture, $"--dropout {Plan.Dropout:0.##} --time-shift {Plan.TimeShift:0.##}"));
            if (Plan.Optimiser is { } optimiser) words.Add($"--optimiser {optimiser}");
            if (Plan.Pictures > 0) words.Add($"--pictures {Plan.Pictures}");
            return string.Join(" ", words);
        }
    }
}
