// The card of an image model: sizes, how it was trained, what from and under which licences, what it paints, where it fails. Written from what
// the runs left; how good the pictures are is left to the reader's eyes and to whoever measures.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Maison.Data.Pictures.Preparation;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Training.Image.Evaluations;
using Maison.Training.Packing;

namespace Maison.Training.Image;

static class ImageCard
{
    public const string LimitsHeading = "Limits";

    const string DataHeading = "Data", PagesHeading = "What it paints";
    const int CurvePoints = 9;

    public static string Write(string name, string folder, IReadOnlyList<ImageRun> runs, PreparedPictures pictures, IReadOnlyList<ImagePage> pages, string? machine, ImageModelReceipt receipt)
    {
        var text = new StringBuilder();
        var flow = runs[1];
        var distilled = runs.FirstOrDefault(r => r.Plan.Stage == FlowStage.DistilName);
        var rewarded = runs.FirstOrDefault(r => r.Plan.Stage == RewardedStage.Name);
        var side = flow.Plan.Side;
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: other
            language: en
            pipeline_tag: text-to-image
            ---
            # {name}

            Pictures of {side} × {side} pixels from English prompts: an autoencoder and a flow transformer, both trained from random weights by Maison's own
            code. Nothing was taken from another model.

            ```
            maison imagine "red apple, 3D emoji" -o apple.png --seed 7
            ```

            ## Sizes

            | part | form | parameters | bytes | SHA-256 of the weights |
            |---|---|---|---|---|

            """);
        var autoencoder = Path.Combine(folder, ImageCheckpoint.AutoencoderFolder);
        FlowConfig f = ImageCheckpoint.FlowConfigOf(folder);
        AutoencoderConfig a = ImageCheckpoint.AutoencoderConfigOf(autoencoder);
        Part("flow", $"{f.Blocks} blocks of {f.Hidden}, {f.Heads} heads, feed-forward {f.Inner}; {f.PictureTokens} tokens a picture, captions of at most {f.CaptionTokens} tokens of {f.Vocab:N0}", new FlowTransformer(f), folder);
        Part("autoencoder", $"8 × 8 pixels to {a.Latent} values; {a.Half}, {a.Quarter} and {a.Eighth} channels at a half, a quarter and an eighth", new Autoencoder(a), autoencoder);
        text.Append(CultureInfo.InvariantCulture, $"""

            ## How it was trained

            ```
            maison data prepare-image --data CORPORA --out DATA
            {string.Join('\n', runs.Select(r => (r == rewarded ? JudgeCommand : "") + r.Command))}
            maison models pack-image {AutoencoderStage.Name} {FlowStage.Name}{(distilled is null ? "" : $" --distilled {FlowStage.DistilName}")}{(rewarded is null ? "" : $" --rewarded {RewardedStage.Name}{Share(receipt)}")}{Guidance(receipt)} --data DATA --name {name}
            ```

            Muon for matrices, AdamW for the rest{(flow.Plan.Optimiser == FlowStage.AdamWName ? ", in the flow AdamW for all" : "")}; the flow guesses clean latents and is weighed by the error of its velocity; a tenth of the captions is
            left out, so that guidance has something to differ from; what is packed is the moving average of its weights.{(distilled is null ? "" : string.Create(CultureInfo.InvariantCulture, $" A copy of it learned to take {distilled.Plan.FewSteps} steps where it takes {FlowTeacher.Steps}, and to give a guidance of {f.Guidance} by itself."))}{(rewarded is null ? "" : Rewarded(rewarded, receipt.Share))}{Guided(receipt)}{(machine is null ? "" : $" Trained on {machine}.")}

            {StagesHeading}

            """);
        foreach (var run in runs)
        {
            text.Append(Row(run.Plan.Stage, run.Receipt));
            for (var before = run.Receipt.Before; before is not null; before = before.Before) text.Append(Row($"{run.Plan.Stage}-before", before));
        }
        text.Append(CultureInfo.InvariantCulture, $"\nHeld out: concepts that no training picture shows. decibels: of the decoded picture against the original; t: squared error of the velocity at that time, 1 being noise, against the picture, or where a flow was distilled against its teacher{(rewarded is null ? "" : "; names and styles: errors, in nats, of the judge that taught it, before pictures for prompts that are put together from drawings and training captions; right: how often it puts a name of the prompt first")}.\n");
        foreach (var run in runs) Curve(text, run);
        Data(text, flow, pictures);
        Pages(text, pages);
        text.Append('\n').Append(PackedVersion.Section(receipt.Earlier)).Append(CultureInfo.InvariantCulture, $"""
            ## {LimitsHeading}

            - {side} × {side} pixels, no other size or ratio; no opacity. With {ImageModel.ShippedUpscaler} beside it twice as large, sharper at the edges but with no more detail.
            - Styles are mostly obeyed, colours often; things are recognisable where many training pictures show them, and seldom where none does (the right half
              of the first page). Faces, hands, letters and counts go wrong. Photographs show texture rather than things.
            - {(pages.Count > 2 ? "Of rendered scenes, colours and places come mostly as asked, the form of one thing often; two things melt into each other, and numbers and materials are often wrong."
                : "No rendered scenes were learned: prompts about light, shadows, reflections, positions or several things at once are beyond it.")}
            - English words of its captions only: others are drawn as the nearest pieces of words would be, and are named on the way.
            - What no table here counts was not measured; the pages are all there is.

            ## Attribution

            """);
        foreach (var e in pictures.Ledger.Where(e => flow.Receipt.Data.ContainsKey(e.File) && e.Licence.Attribution.Length > 0))
            text.Append(CultureInfo.InvariantCulture, $"\n### {e.Corpus}\n\n```\n{e.Licence.Attribution.ReplaceLineEndings("\n").Trim()}\n```\n");
        return text.ToString();

        void Part(string part, string form, object model, string at)
        {
            using var file = File.OpenRead(Path.Combine(at, SafetensorsFile.ModelName));
            text.Append(CultureInfo.InvariantCulture, $"| {part} | {form} | {ModelWeights.Slots(model).Sum(s => s.Weight.Count):N0} | {file.Length:N0} | `{Convert.ToHexStringLower(SHA256.HashData(file))}` |\n");
        }
    }

    const string StagesHeading = "| stage | steps | pictures seen | minutes | pictures/s | held out | build |\n|---|---|---|---|---|---|---|";

    static string Row(string stage, ImageReceipt r) => string.Create(CultureInfo.InvariantCulture,
        $"| {stage} | {r.Steps:N0} of {r.PicturesSeen / Math.Max(1, r.Steps)} | {r.PicturesSeen:N0} | {r.Seconds / 60:F1} | {r.PicturesSeen / Math.Max(1e-9, r.Seconds):N0} | {Scores(r.HeldOut)} | {r.Code} |\n");

    /// <summary>The card of a model that a judge went on teaching after it was packed: what was done since, other weights, other pages, no scores.</summary>
    /// <param name="card">Its card until now.</param>
    /// <param name="before">SHA-256 of its weights until now.</param>
    public static string Again(string card, string before, ImageRun run, IReadOnlyList<ImagePage> pages, string? machine, ImageModelReceipt receipt)
    {
        card = card.Replace(before, receipt.Weights, StringComparison.Ordinal);
        foreach (var heading in new[] { ImageScoreCard.Heading, PagesHeading, PackedVersion.Heading }) card = CardSections.Without(card, heading);
        var text = new StringBuilder();
        Pages(text, pages);
        card = CardSections.With(card, text.ToString().TrimStart('\n') + "\n" + PackedVersion.Section(receipt.Earlier), LimitsHeading);
        text.Clear().Append(CultureInfo.InvariantCulture, $"""
            ## Taught again, {receipt.Packed:yyyy-MM-dd HH:mm}

            ```
            {JudgeCommand}{run.Command.Replace($"--teacher {FlowStage.DistilName}", $"--teacher {receipt.Name}", StringComparison.Ordinal)}
            maison models pack-image --from {receipt.Name} --rewarded {RewardedStage.Name}{Share(receipt)}{Guidance(receipt)} --data DATA --name {receipt.Name}
            ```

            It began as the version before (SHA-256 `{before}`).{Rewarded(run, receipt.Share)}{Guided(receipt)}{(machine is null ? "" : $" Trained on {machine}.")}

            {StagesHeading}
            {Row(run.Plan.Stage, run.Receipt)}
            Held out: as above; near: the judge's error, in nats, before things of scenes, each looked at alone.

            """);
        Curve(text, run);
        // Captions come from other pictures where they were rendered anew.
        var others = run.Receipt.Data.Where(d => !receipt.Flow.Data.Values.Contains(d.Value)).ToArray();
        if (others.Length > 0) text.Append(CultureInfo.InvariantCulture, $"\nIts prompts, and what a critic took for real, came from {string.Join(", ", others.Select(d => $"{d.Key} (SHA-256 `{d.Value}`)"))} in place of the one below.\n");
        return CardSections.With(card, text.Append('\n').ToString(), DataHeading);
    }

    static string Share(ImageModelReceipt receipt) => receipt.Share < 1 ? string.Create(CultureInfo.InvariantCulture, $" --share {receipt.Share:0.##}") : "";

    static string Guidance(ImageModelReceipt receipt) => receipt.Guidance > 1 ? string.Create(CultureInfo.InvariantCulture, $" --guidance {receipt.Guidance:0.##}") : "";

    static string Guided(ImageModelReceipt receipt) => receipt.Guidance > 1 ? string.Create(CultureInfo.InvariantCulture, $" In the middle of its way it is guided by {receipt.Guidance:0.##} on top of that, where nobody says otherwise.") : "";

    const string JudgeCommand = $"maison train image --run {JudgeStage.Name} --stage {JudgeStage.Name} --colours --data DATA\n";

    static string Rewarded(ImageRun run, float share) => string.Create(CultureInfo.InvariantCulture,
        $" Then a judge of pictures taught it in {run.Plan.FewSteps} steps (direct reward fine-tuning, arXiv 2309.17400): one that learned things, styles, colours and numbers from real pictures (SHA-256 of its weights `{run.Receipt.Judge}`). {ImageJudge.Shipped}, which scores below, is another and took no part; nothing that its prompts ask for was asked for.{(run.Plan.Critic > 0 ? " A critic that learned meanwhile to tell painted from real pictures pulled it towards these." : "")}{(share < 1 ? $" What paints is the mean of both flows' weights, {100 * share:0} % of the taught one's." : "")}");

    static string Scores(IReadOnlyDictionary<string, double> scores) => string.Join(", ", scores.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.Key} {h.Value:0.###}")));

    static void Curve(StringBuilder text, ImageRun run)
    {
        if (run.Steps.Count == 0) return;
        // The mean of a hundredth of the run, since single steps are noisy.
        var wide = Math.Max(1, run.Steps.Count / 100);
        int[] at = [.. Enumerable.Range(0, CurvePoints).Select(i => (int)((long)i * (run.Steps.Count - 1) / (CurvePoints - 1))).Distinct()];
        text.Append(CultureInfo.InvariantCulture, $"\n| step of the {run.Plan.Stage} | {string.Join(" | ", at.Select(i => run.Steps[i].Step.ToString("N0", CultureInfo.InvariantCulture)))} |\n|---|{string.Concat(at.Select(_ => "---|"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"| loss | {string.Join(" | ", at.Select(i => run.Steps.Skip(Math.Max(0, i - wide + 1)).Take(Math.Min(wide, i + 1)).Average(s => s.Losses["loss"]).ToString("F3", CultureInfo.InvariantCulture)))} |\n");
        if (run.HeldOut.Count > 1) text.Append(CultureInfo.InvariantCulture, $"\nHeld out on the way: {string.Join("; ", run.HeldOut.Select(h => $"step {h.Step:N0}: {Scores(h.HeldOut)}"))}.\n");
    }

    static void Data(StringBuilder text, ImageRun flow, PreparedPictures pictures)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ## {DataHeading}

            Every corpus that trained it. Attribution in full stands at the end.

            | corpus | licence | from | pictures | held out | SHA-256 |
            |---|---|---|---|---|---|

            """);
        foreach (var e in pictures.Ledger.Where(e => flow.Receipt.Data.ContainsKey(e.File)))
            text.Append(CultureInfo.InvariantCulture, $"| {e.Corpus} | {e.Licence.Licence} | {e.Licence.Source} | {e.Train:N0} | {e.HeldOut:N0} | `{e.Sha256}` |\n");
        var train = pictures.Ledger.Sum(e => e.Train);
        text.Append(CultureInfo.InvariantCulture, $"\nTogether {train:N0} pictures, each seen {flow.Receipt.PicturesSeen / (double)Math.Max(1, train):F0} times by the flow on average, in changing wordings; a style with more than half of them made up half of what was seen.\n");
        var views = pictures.All.SelectMany(p => p.Views).ToArray();
        if (views.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n{views.Length:N0} further views of them: {views.Count(v => v.Mirrored):N0} mirrored, {views.Count(v => v.Size < 1):N0} smaller on their plain ground, {views.Count(v => v.Size > 1):N0} from nearer, {views.Count(v => v.Dye is not null):N0} of drawings and renders in another colour, which their captions say. None is dyed of things that `maison eval image` asks for in new colours ({string.Join(", ", HeldOutColours.Things)}), nor into a held-out concept.\n");
    }

    static void Pages(StringBuilder text, IReadOnlyList<ImagePage> pages)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ## {PagesHeading}

            Default steps and guidance; seeds count from 1, row by row. Nothing was chosen by eye.

            Captions taken by index, a row per style: {ImagePacker.PerStyle / 2} that it learned from, then {ImagePacker.PerStyle / 2} of concepts it never saw, which is where it fails most.

            ![Captions by style]({pages[0].File})


            """);
        Prompts(pages[0]);
        text.Append(CultureInfo.InvariantCulture, $"""

            Things in styles, written down before they were seen: {string.Join(", ", ImagePacker.Things)}; in rows {string.Join(", ", ImagePacker.Styles)}.

            ![Things in styles]({pages[1].File})

            """);
        if (pages.Count > 2)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                Scenes, written down before they were seen: materials and light, two things, numbers, models.

                ![Rendered scenes]({pages[2].File})


                """);
            Prompts(pages[2]);
        }

        void Prompts(ImagePage page)
        {
            foreach (var (row, i) in page.Prompts.Chunk(page.Across).Select((r, i) => (r, i)))
                text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {string.Join(" · ", row.Select(p => p.Length == 0 ? "(no held-out picture: painted without a prompt)" : p))}\n");
        }
    }
}
