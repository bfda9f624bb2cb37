// The card of a model, written from its receipt, its training, its corpora, its scores and its samples, all of them: nothing that was
// measured is left out, and what was not measured is said. A pure function; the pictures and the numbers are made elsewhere.

using System.Globalization;
using System.Text;
using Maison.Data.Corpora;
using Maison.Inference;
using Maison.Models.Weights;
using Maison.Training.Evaluations;

namespace Maison.Training.Packing;

/// <summary>Everything a card tells.</summary>
/// <param name="Licence">Terms of the weights, as an SPDX id in lower case such as cc-by-sa-4.0.</param>
/// <param name="Matrices">In which type the matrices are stored.</param>
/// <param name="WeightBytes">Size of model.safetensors.</param>
/// <param name="Sampling">How the samples were drawn.</param>
/// <param name="Notes">Remarks of whoever packs it.</param>
public sealed record CardContent(
    ModelReceipt Receipt, IReadOnlyList<TrainingPhase> Phases, IReadOnlyList<CorpusUse> Corpora, IReadOnlyList<EverydaySample> Samples,
    SamplingOptions Sampling, string Licence, ElementType Matrices, long WeightBytes, IReadOnlyList<string> Notes);

/// <summary>Writes model cards.</summary>
public static class CardWriter
{
    /// <summary>The file in a model folder.</summary>
    public const string FileName = "card.md", CurveName = "curve.svg";

    /// <summary>The card in Markdown, with the head that Hugging Face reads.</summary>
    public static string Write(CardContent card)
    {
        var text = new StringBuilder();
        var chat = card.Phases.Any(p => p.Chat);
        var (receipt, model) = (card.Receipt, card.Receipt.Model);
        text.Append($"""
            ---
            license: {card.Licence}
            language: en
            pipeline_tag: text-generation
            ---
            # {receipt.Name}

            {(chat ? "A small language model for English conversation" : "A small English language model that continues text; it was not tuned for chat")}: {Millions(receipt.Parameters)} parameters, trained from random weights by
            Maison's own code on {Millions(card.Phases.Sum(p => p.Receipt.Tokens))} tokens. Nothing was taken from another model.


            """);
        Sizes(text, card);
        Training(text, card);
        Data(text, card);
        CardScores.Write(text, receipt.Scores, card.Corpora);
        text.Append(PackedVersion.Section(receipt.Earlier));
        text.Append($"""
            ## Limits

            - It is very small. It states wrong facts fluently, and what it says about people, places, health or law must not be relied on.
            - It calculates unreliably, also where it shows its steps; see the scores.
            - It reads and writes English, up to {model.Context:N0} tokens of prompt and answer together; in training it saw at most {card.Phases.Max(p => p.Plan.RowTokens):N0} tokens at once.
            - Its texts may repeat the views and mistakes of the corpora below, old novels among them. It was not tuned to refuse anything.


            """);
        if (card.Notes.Count > 0) text.Append("## Notes\n\n").AppendJoin('\n', card.Notes.Select(n => $"- {n}")).Append("\n\n");
        Samples(text, card, chat);
        Attribution(text, card);
        return text.ToString();
    }

    static void Sizes(StringBuilder text, CardContent card)
    {
        var m = card.Receipt.Model;
        var feedForward = m.Experts > 0 ? $"{m.ExpertsPerToken} of {m.Experts} experts of {m.ExpertIntermediate} per token (dense in blocks {string.Join(", ", m.DenseBlocks)})" : $"{m.Intermediate}, SwiGLU";
        text.Append(CultureInfo.InvariantCulture, $"""
            ## Sizes

            | | |
            |---|---|
            | parameters | {card.Receipt.Parameters:N0} |
            | form | {(m.Experts > 0 ? "Qwen3-MoE" : "Qwen3")}{(m.Extras().Count == 0 ? ", plain: exports to safetensors and GGUF for other engines" : $" with extras that other engines do not know: {string.Join(", ", m.Extras())}")} |
            | blocks | {m.Layers} of {m.Hidden} features |
            | attention | {m.Heads} heads of {m.HeadDim} over {m.KvHeads} key-value heads, QK-norm, RoPE base {m.RopeTheta:0} |
            | feed-forward | {feedForward} |
            | vocabulary | {m.Vocab:N0}, byte-level BPE{(m.TieEmbeddings ? "; the embedding is the output matrix" : "")} |
            | context | {m.Context:N0} tokens |
            | file | {card.WeightBytes / 1e6:F1} MB, {card.Matrices} (gains fp32), SHA-256 `{card.Receipt.Weights}` |


            """);
    }

    static void Training(StringBuilder text, CardContent card)
    {
        text.Append("## How it was trained\n\n```\n");
        text.Append(CultureInfo.InvariantCulture, $"maison data prepare --data CORPORA --out DATA --vocab {card.Receipt.Model.Vocab}\n");
        for (var i = 0; i < card.Phases.Count; i++) text.Append(TrainingCommand.Of(card.Phases[i], CorpusUse.TextShare(card.Corpora, card.Phases[i].Run), i == 0 ? null : card.Phases[i - 1].Run)).Append('\n');
        text.Append($"maison models pack {card.Phases[^1].Run} --name {card.Receipt.Name}\n```\n\n");
        text.Append("Muon for the matrices inside blocks, AdamW for the rest; warm-up, flat rate, linear decay; packed documents without attention across them.\n\n");
        text.Append("| run | data | steps | tokens | compute | time | last loss | seed | build |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var p in card.Phases)
            text.Append(CultureInfo.InvariantCulture, $"| {p.Run} | {Read(card, p)} | {p.Receipt.Steps:N0} of {p.Plan.Schedule.Steps:N0} | {Millions(p.Receipt.Tokens)} | {p.Receipt.Flops / 1e15:0.##} PFLOP | {p.Receipt.Seconds / 60:F0} min | {(p.Steps.Count > 0 ? LossCurve.Sketch(p.Steps).Rows[^1].Loss.ToString("F3", CultureInfo.InvariantCulture) : "–")} | {p.Plan.Seed} | {p.Receipt.Code.Split(' ')[0]} |\n");
        text.Append($"\n![Loss over tokens seen]({CurveName})\n\n");
        foreach (var p in card.Phases.Where(p => p.Steps.Count > 0))
        {
            var (line, rows) = LossCurve.Sketch(p.Steps);
            text.Append($"Loss of {p.Run} (nats per token, mean of the last steps): `{line}`\n\n");
            text.Append("| step |").AppendJoin('|', rows.Select(r => $" {r.Step} ")).Append("|\n|---|").AppendJoin('|', rows.Select(_ => "---")).Append("|\n| loss |");
            text.AppendJoin('|', rows.Select(r => r.Loss.ToString(" 0.000 ", CultureInfo.InvariantCulture))).Append("|\n\n");
        }
    }

    static string Read(CardContent card, TrainingPhase phase)
    {
        if (!phase.Chat) return "text";
        var share = CorpusUse.TextShare(card.Corpora, phase.Run);
        return "conversations, loss on the assistant's words" + (share > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {100 * share:F0} % text") : "");
    }

    static void Data(StringBuilder text, CardContent card)
    {
        text.Append("## Data\n\nEvery corpus that trained it. Passes: how often each token was seen, per run. Attribution in full stands at the end.\n\n");
        text.Append("| corpus | licence | documents kept | of | tokens | ").AppendJoin(" | ", card.Phases.Select(p => $"passes, {p.Run}")).Append(" |\n|---|---|---|---|---|").Append(string.Concat(card.Phases.Select(_ => "---|"))).Append('\n');
        foreach (var c in card.Corpora)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {c.Licence.Name} | {Cell(c.Licence.Licence)} | {c.Kept:N0} | {c.Read:N0} | {Millions(c.Shards.Max(s => s.Tokens))} |");
            foreach (var p in card.Phases)
            {
                var uses = c.Shards.Where(s => s.Run == p.Run).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Passes:0.##}{(p.Chat && !s.Chat ? " as text" : "")}")).ToArray();
                text.Append($" {(uses.Length == 0 ? "–" : string.Join(", ", uses))} |");
            }
            text.Append('\n');
        }
        text.Append("\nDocuments were normalised, filtered for quality and freed of exact and near duplicates. A slice of each corpus was held out before, and what is close to a held-out document was left out of training.\n\n");
        foreach (var p in card.Phases.Where(p => p.Plan.Without is { Count: > 0 }))
            text.Append($"Left out of {p.Run} on request: {string.Join(", ", p.Plan.Without!)}. Their texts may have shaped the tokenizer.\n\n");
        Overlapping(text, card);
    }

    static void Overlapping(StringBuilder text, CardContent card)
    {
        if (card.Corpora.FirstOrDefault(c => c.Overlap is not null)?.Overlap is not { } compared)
        {
            text.Append("Documents were not compared with the questions of evaluations.\n\n");
            return;
        }
        var (told, clean) = (new List<string>(), new List<string>());
        foreach (var c in card.Corpora)
        {
            var found = c.Overlap?.Documents.Where(d => d.Value > 0).ToArray() ?? [];
            if (found.Length == 0) clean.Add(c.Licence.Name);
            else told.Add(string.Create(CultureInfo.InvariantCulture, $"- {c.Licence.Name}: {found.Sum(d => d.Value):N0} of {c.Read:N0} ({string.Join(", ", found.Select(d => $"{d.Value} by {d.Key}"))})\n"));
        }
        text.Append(CultureInfo.InvariantCulture, $"Documents that hold evaluation questions were left out: those that share {QuestionOverlap.Words} words in a row with a text of one, or all of a text of {QuestionOverlap.FewestWords} to {QuestionOverlap.Words - 1} words. ");
        text.Append(CultureInfo.InvariantCulture, $"Compared with {string.Join(", ", compared.Documents.Keys)}; {compared.TooShort:N0} of their questions are too short to be looked for. Left out, by the file found first:\n\n");
        text.Append(told.Count == 0 ? "- no document\n" : string.Concat(told)).Append(clean.Count > 0 && told.Count > 0 ? $"- none of {string.Join(", ", clean)}\n\n" : "\n");
    }

    static void Samples(StringBuilder text, CardContent card, bool chat)
    {
        var s = card.Sampling;
        var how = s.Temperature == 0 ? "greedily" : string.Create(CultureInfo.InvariantCulture, $"with temperature {s.Temperature:0.##}{(s.TopP < 1 ? $", top-p {s.TopP:0.##}" : "")}, seed {s.Seed}");
        if (s.RepetitionPenalty != 1) how += string.Create(CultureInfo.InvariantCulture, $", repetition penalty {s.RepetitionPenalty:0.##}");
        text.Append($"## Samples, good and bad\n\nThe {card.Samples.Count} prompts are fixed and all answers are shown, {(chat ? "answered" : "continued as plain text")} {how}, at most {EverydaySamples.MostTokens} tokens.\n\n");
        foreach (var sample in card.Samples)
        {
            text.Append($"**{sample.Prompt}**\n\n");
            if (sample.Reasoning.Length > 0) text.Append(Quote($"(thinks) {sample.Reasoning}")).Append(">\n");
            text.Append(Quote((sample.Answer.Length > 0 ? sample.Answer : "(nothing)") + (sample.Ended ? "" : " … (cut)"))).Append('\n');
        }
    }

    static void Attribution(StringBuilder text, CardContent card)
    {
        text.Append("## Attribution\n\n");
        foreach (var c in card.Corpora)
        {
            text.Append($"### {c.Licence.Name}\n\nLicence: {c.Licence.Licence}. {(c.Licence.Source.Length > 0 ? $"Source: {c.Licence.Source}." : "Source: not stated.")}\n\n");
            text.Append(c.Licence.Attribution.Length > 0 ? Quote(c.Licence.Attribution) : "> No attribution was found with the corpus.\n").Append('\n');
        }
    }

    /// <summary>Text as a Markdown quotation in which it keeps its lines and cannot become a heading, a list or a tag.</summary>
    static string Quote(string text)
        => string.Concat(text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim().Length == 0 ? ">\n" : $"> {Escape(line.Trim())}  \n"));

    static string Escape(string line)
    {
        var plain = new StringBuilder(line.Length + 8);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            // An underscore inside a word is only that, and URLs are full of them.
            var marks = c is '\\' or '`' or '*' or '<' or '[' or ']' or '|' || c == '_' && !(i > 0 && i + 1 < line.Length && char.IsLetterOrDigit(line[i - 1]) && char.IsLetterOrDigit(line[i + 1]));
            if (marks || i == 0 && c is '#' or '-' or '+' or '>') plain.Append('\\');
            plain.Append(c);
        }
        return plain.ToString();
    }

    static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    static string Millions(double count) => count < 1e5
        ? count.ToString("N0", CultureInfo.InvariantCulture)
        : (count / 1e6).ToString(count < 1e7 ? "0.0#" : "N0", CultureInfo.InvariantCulture) + " M";
}
