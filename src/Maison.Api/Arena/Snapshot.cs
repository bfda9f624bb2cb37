// A snapshot is everything that a board is made of, in one file of JSON lines: a head with the boards, every vote with its link of the chain, and a seal over
// all bytes before it. Whoever has the file needs nothing else to see that it is whole, whose it is, and that the votes make these boards.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Api.Store;
using Maison.Battles;
using Maison.Wire;

namespace Maison.Api.Arena;

/// <summary>What is true of a snapshot.</summary>
/// <param name="Fingerprint">Of the key that sealed it.</param>
/// <param name="Problems">Empty for one that is whole and right.</param>
public sealed record SnapshotReport(int Votes, string Fingerprint, DateTimeOffset Created, IReadOnlyList<BoardBody> Boards, IReadOnlyList<string> Problems);

/// <summary>Writes snapshots and checks them.</summary>
public static class Snapshot
{
    const double RatingTolerance = 1e-6;

    /// <summary>How the body of a vote ends whose voter agreed: consent is the last field.</summary>
    const string Consented = "\"consent\":true}";

    /// <summary>The votes of a store, one line of JSON each, in the order in which they were cast.</summary>
    /// <param name="withTexts">Adds questions and answers where their voters agreed.</param>
    public static IEnumerable<string> Lines(Database database, bool withTexts)
    {
        foreach (var (_, battle, body, chain) in database.Read(session => BattleStore.Votes(session, 0)))
            yield return VoteJson(body, chain, withTexts && body.EndsWith(Consented, StringComparison.Ordinal) ? database.Read(session => BattleStore.Texts(session, battle)) : null);
    }

    /// <summary>A snapshot of a store, sealed with the key of its data folder.</summary>
    public static byte[] Write(Database database, DateTimeOffset now)
    {
        var rows = database.Read(session => BattleStore.Votes(session, 0));
        List<Vote> votes = [.. rows.Select(r => VoteShapes.Of(JsonSerializer.Deserialize(r.Body, WireJson.Default.VoteLine)!))];
        using var file = new MemoryStream();
        Line(JsonSerializer.Serialize(new SnapshotHead { CreatedAt = now.ToUnixTimeSeconds(), Method = Board.Method, Votes = rows.Count, Boards = [.. BoardsOf(votes)] }, WireJson.Default.SnapshotHead));
        foreach (var row in rows) Line(VoteJson(row.Body, row.Chain, null));
        var (signature, publicKey) = new SnapshotKey(database.Home).Sign(SHA256.HashData(file.GetBuffer().AsSpan(0, (int)file.Length)));
        Line(JsonSerializer.Serialize(new SnapshotSeal(signature, publicKey), WireJson.Default.SnapshotSeal));
        return file.ToArray();

        void Line(string json)
        {
            file.Write(Encoding.UTF8.GetBytes(json));
            file.WriteByte((byte)'\n');
        }
    }

    /// <summary>A line of a vote, its body as it was when it was linked.</summary>
    static string VoteJson(string body, string chain, VoteTexts? texts)
        => $$"""{"vote":{{body}},"chain":"{{chain}}"{{(texts is null ? "" : $",\"texts\":{JsonSerializer.Serialize(texts, WireJson.Default.VoteTexts)}")}}}""";

    static IEnumerable<BoardBody> BoardsOf(IReadOnlyList<Vote> votes)
        => from modality in Contestants.Modalities
           where votes.Any(v => v.Modality == modality)
           from control in (bool[])[true, false]
           select VoteShapes.Of(Board.Of(votes, new(modality, null, control)));

    /// <summary>Checks seal, chain and boards of a snapshot.</summary>
    /// <exception cref="InvalidDataException">It is no snapshot at all.</exception>
    public static SnapshotReport Check(ReadOnlySpan<byte> file)
    {
        var problems = new List<string>();
        var end = file.TrimEnd((byte)'\n').LastIndexOf((byte)'\n') + 1;
        var head = Parse(file[..Math.Max(0, file.IndexOf((byte)'\n'))], "head", WireJson.Default.SnapshotHead);
        var seal = Parse(file[end..], "seal", WireJson.Default.SnapshotSeal);
        if (seal is not { Signature: not null, PublicKey: not null }) throw new InvalidDataException("This is no snapshot of an arena: its last line is no seal. It may be cut off.");
        var (publicKey, signature) = (Bytes(seal.PublicKey), Bytes(seal.Signature));
        if (!SnapshotKey.Verifies(publicKey, SHA256.HashData(file[..end]), signature)) problems.Add("The seal does not fit: the file was changed after it was signed.");

        var (votes, chain, number) = (new List<Vote>(), BattleStore.NoChain, 0);
        foreach (var line in Encoding.UTF8.GetString(file[..end]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            number++;
            try
            {
                using var json = JsonDocument.Parse(line);
                var body = json.RootElement.GetProperty("vote").GetRawText();
                chain = BattleStore.Link(chain, body);
                if (json.RootElement.GetProperty("chain").GetString() != chain) problems.Add($"Vote {number} does not follow the one before it: a vote was changed, added or taken out here.");
                chain = json.RootElement.GetProperty("chain").GetString() ?? "";
                votes.Add(VoteShapes.Of(JsonSerializer.Deserialize(body, WireJson.Default.VoteLine)!));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InvalidDataException($"Line {number + 1} of the snapshot is no vote: {e.Message}", e);
            }
        }
        if (votes.Count != head.Votes) problems.Add($"The head tells of {head.Votes} votes, but there are {votes.Count}.");
        if (head.Method != Board.Method) problems.Add($"The boards were computed by {head.Method}; this is {Board.Method}, whose numbers may differ.");
        else Compare(head.Boards, [.. BoardsOf(votes)], problems);
        return new(votes.Count, SnapshotKey.FingerprintOf(publicKey), DateTimeOffset.FromUnixTimeSeconds(head.CreatedAt), head.Boards, problems);
    }

    static void Compare(IReadOnlyList<BoardBody> told, List<BoardBody> made, List<string> problems)
    {
        if (told.Count != made.Count)
        {
            problems.Add($"There are {told.Count} boards, but the votes make {made.Count}.");
            return;
        }
        foreach (var (a, b) in told.Zip(made))
        {
            var name = $"The {a.Modality} board {(a.StyleControl ? "with" : "without")} style control";
            if ((a.Modality, a.StyleControl, a.Votes, a.Entries.Count) != (b.Modality, b.StyleControl, b.Votes, b.Entries.Count)) problems.Add($"{name} is not the one that the votes make.");
            else
                foreach (var (x, y) in a.Entries.Zip(b.Entries))
                    if ((x.Contestant, x.Rank, x.Battles, x.VotesToFlip) != (y.Contestant, y.Rank, y.Battles, y.VotesToFlip) || !Near(x.Rating, y.Rating) || !Near(x.Low, y.Low) || !Near(x.High, y.High))
                        problems.Add(FormattableString.Invariant($"{name} says {x.Rating:0.00} for {x.Contestant}, but the votes make {y.Rating:0.00} for {y.Contestant}."));
        }

        static bool Near(double a, double b) => Math.Abs(a - b) <= RatingTolerance * Board.Scale;
    }

    static T Parse<T>(ReadOnlySpan<byte> line, string part, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try { return JsonSerializer.Deserialize(line, type) ?? throw new JsonException("it is null."); }
        catch (JsonException e) { throw new InvalidDataException($"This is no snapshot of an arena: its {part} can not be read ({e.Message}).", e); }
    }

    static byte[] Bytes(string base64)
    {
        try { return Convert.FromBase64String(base64); }
        catch (FormatException) { return []; }
    }
}
