// Battles and votes as rows of the store; pictures and sounds as files of the data folder. A vote is one insert that carries its link of the chain,
// made where all writes are made one after the other, so that there is one chain and what was answered is on disk. Battles that nobody judged
// go after a day, files after a month.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Api.Store;
using Maison.Battles;
using Maison.Wire;

namespace Maison.Api.Arena;

/// <summary>A battle with everything that its voter may not see yet.</summary>
sealed record Battle
{
    public required string Id { get; init; }

    /// <summary>The key that asked.</summary>
    public required string Voter { get; init; }
    public required DateTimeOffset Created { get; init; }
    public required string Modality { get; init; }
    public required string Prompt { get; init; }
    public required string A { get; init; }
    public required string B { get; init; }
    public string? TextA { get; init; }
    public string? TextB { get; init; }
    public required IReadOnlyList<double> StyleA { get; init; }
    public required IReadOnlyList<double> StyleB { get; init; }

    /// <summary>Milliseconds that each sound must be listened to; 0 where there is none.</summary>
    public long ListenMs { get; init; }
    public string? RepeatOf { get; init; }

    /// <summary>Its vote; null while it is open.</summary>
    public VoteLine? Vote { get; init; }
}

/// <summary>What became of a vote.</summary>
/// <param name="WaitMs">How much longer to listen; 0 when that was enough.</param>
readonly record struct Cast(VoteLine? Vote, bool Before = false, long WaitMs = 0);

/// <summary>The battles of one store; safe from any thread.</summary>
sealed class BattleStore(Database database, TimeProvider clock)
{
    public const string NoChain = "0000000000000000000000000000000000000000000000000000000000000000";

    const int LeastBetweenRepeats = 4;
    static readonly TimeSpan OpenFor = TimeSpan.FromDays(1), FilesFor = TimeSpan.FromDays(30), BetweenSweeps = TimeSpan.FromHours(1);

    readonly string folder = Path.Combine(database.Home, "arena");
    long swept;

    /// <summary>Keeps a new battle and its files.</summary>
    public async Task<Battle> Add(Battle battle, byte[]? fileA, byte[]? fileB)
    {
        Sweep();
        if (fileA is not null && fileB is not null)
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(PathOf(battle.Id, "a"), fileA);
            await File.WriteAllBytesAsync(PathOf(battle.Id, "b"), fileB);
        }
        await database.Write(session => session.Run(
            """
            INSERT INTO arena_battles (id, voter, created, modality, prompt, a, b, text_a, text_b, style_a, style_b, listen_ms, repeat_of)
            VALUES (@id, @voter, @created, @modality, @prompt, @a, @b, @text_a, @text_b, @style_a, @style_b, @listen, @repeat)
            """,
            ("id", battle.Id), ("voter", battle.Voter), ("created", battle.Created.ToUnixTimeMilliseconds()), ("modality", battle.Modality), ("prompt", battle.Prompt), ("a", battle.A), ("b", battle.B),
            ("text_a", battle.TextA), ("text_b", battle.TextB), ("style_a", Numbers(battle.StyleA)), ("style_b", Numbers(battle.StyleB)), ("listen", battle.ListenMs), ("repeat", battle.RepeatOf)));
        return battle;
    }

    /// <summary>A battle of this voter; null if they have none of that id.</summary>
    public Battle? Find(string voter, string id) => database.Read(session => Find(session, voter, id));

    /// <summary>The file of a seat; null where it is gone, or there never was one.</summary>
    public byte[]? FileOf(Battle battle, string seat)
    {
        // A repeat shows the same files with the seats swapped.
        var path = battle.RepeatOf is { } before ? PathOf(before, seat == "a" ? "b" : "a") : PathOf(battle.Id, seat);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>Remembers when a sound was first fetched.</summary>
    public Task Heard(string id, string seat) => database.Write(session => session.Run(
        "INSERT INTO arena_heard (battle_id, seat, at) VALUES (@id, @seat, @at) ON CONFLICT DO NOTHING", ("id", id), ("seat", seat), ("at", Now())));

    /// <summary>Casts the one vote of a battle; null if this voter has no battle of that id.</summary>
    public Task<Cast?> Vote(string voter, string id, string choice, bool consent) => database.Write<Cast?>(session =>
    {
        if (Find(session, voter, id) is not { } battle) return null;
        if (battle.Vote is { } before) return new(before, Before: true);
        if (battle.ListenMs > 0 && Unheard(session, battle) is > 0 and var wait) return new(null, WaitMs: wait);
        var now = Now();
        var vote = new VoteLine
        {
            Battle = id,
            At = now / 1000,
            Voter = Pseudonym(voter),
            Modality = battle.Modality,
            Question = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Ballots.Words(battle.Prompt)))),
            Categories = PromptCategories.Of(battle.Modality, battle.Prompt),
            A = battle.A,
            B = battle.B,
            Choice = choice,
            RepeatOf = battle.RepeatOf,
            StyleA = battle.StyleA,
            StyleB = battle.StyleB,
            Milliseconds = Math.Max(0, now - battle.Created.ToUnixTimeMilliseconds()),
            Consent = consent,
        };
        var body = JsonSerializer.Serialize(vote, WireJson.Default.VoteLine);
        var (position, chain) = session.First("SELECT position, chain FROM arena_votes ORDER BY position DESC LIMIT 1", r => (r.Whole(0), r.Text(1)));
        session.Run("INSERT INTO arena_votes (position, battle_id, body, chain) VALUES (@position, @id, @body, @chain)",
            ("position", position + 1), ("id", id), ("body", body), ("chain", Link(chain ?? NoChain, body)));
        return new(vote);
    });

    /// <summary>Keeps what a model said about a judged battle; the first word of a juror stands.</summary>
    public Task Judged(string id, string juror, string choice) => database.Write(session => session.Run(
        "INSERT INTO arena_jury (position, battle_id, juror, choice, at) SELECT coalesce(max(position), 0) + 1, @id, @juror, @choice, @at FROM arena_jury WHERE true ON CONFLICT DO NOTHING",
        ("id", id), ("juror", juror), ("choice", choice), ("at", Now())));

    /// <summary>What models said about a battle.</summary>
    public List<JuryVote> Jury(string id) => database.Read(session => session.Rows("SELECT juror, choice FROM arena_jury WHERE battle_id = @id ORDER BY position", r => new JuryVote(r.Text(0), r.Text(1)), ("id", id)));

    /// <summary>What models said about all battles, as votes; those who abstained are left out.</summary>
    public static List<Vote> JuryVotes(Session session) => session.Rows(
        """
        SELECT j.battle_id, j.juror, j.choice, b.modality, b.prompt, b.a, b.b, b.style_a, b.style_b FROM arena_jury j JOIN arena_battles b ON b.id = j.battle_id
        WHERE b.repeat_of IS NULL ORDER BY j.position
        """,
        r => (Choice: r.Text(2), Vote: new Vote
        {
            Id = r.Text(0),
            Voter = r.Text(1),
            Modality = r.Text(3),
            Prompt = r.Text(4),
            Categories = PromptCategories.Of(r.Text(3), r.Text(4)),
            A = r.Text(5),
            B = r.Text(6),
            Outcome = VoteShapes.OutcomeOf(r.Text(2)) ?? Outcome.Tie,
            StyleA = Numbers(r.Text(7)),
            StyleB = Numbers(r.Text(8)),
        })).Where(j => j.Choice != Juror.Abstained).Select(j => j.Vote).ToList();

    /// <summary>The link of a vote behind another link.</summary>
    public static string Link(string before, string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before + body)));

    /// <summary>The name of a key in whatever leaves the store.</summary>
    public static string Pseudonym(string keyId) => "voter_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("maison arena " + keyId)))[..12];

    /// <summary>Prompts that a voter was asked in a modality.</summary>
    public List<string> Asked(string voter, string modality) => database.Read(session => session.Rows(
        "SELECT prompt FROM arena_battles WHERE voter = @voter AND modality = @modality AND repeat_of IS NULL", r => r.Text(0), ("voter", voter), ("modality", modality)));

    /// <summary>The oldest battle that this voter judged some time ago and was not shown again yet; null where there is none.</summary>
    public Battle? ToRepeat(string voter, string modality) => database.Read(session =>
    {
        var judged = session.Rows(
            """
            SELECT b.id FROM arena_battles b JOIN arena_votes v ON v.battle_id = b.id
            WHERE b.voter = @voter AND b.modality = @modality AND b.repeat_of IS NULL AND NOT EXISTS (SELECT 1 FROM arena_battles r WHERE r.repeat_of = b.id)
            ORDER BY v.position LIMIT @most
            """, r => r.Text(0), ("voter", voter), ("modality", modality), ("most", LeastBetweenRepeats + 1L));
        return judged.Count > LeastBetweenRepeats && Find(session, voter, judged[0]) is { } battle && (modality == "text" || File.Exists(PathOf(battle.Id, "a"))) ? battle : null;
    });

    /// <summary>All votes behind a position, as they are kept.</summary>
    public static List<(long Position, string BattleId, string Body, string Chain)> Votes(Session session, long after) => session.Rows(
        "SELECT position, battle_id, body, chain FROM arena_votes WHERE position > @after ORDER BY position", r => (r.Whole(0), r.Text(1), r.Text(2), r.Text(3)), ("after", after));

    /// <summary>What battles of text were about, where their voters agreed that it is used.</summary>
    public static VoteTexts? Texts(Session session, string battleId) => session.First(
        "SELECT prompt, text_a, text_b FROM arena_battles WHERE id = @id AND text_a IS NOT NULL", r => new VoteTexts(r.Text(0), r.Text(1), r.Text(2)), ("id", battleId));

    /// <summary>Milliseconds of listening that are missing: both fetched, and time since for both.</summary>
    long Unheard(Session session, Battle battle)
    {
        var heard = session.Rows("SELECT at FROM arena_heard WHERE battle_id = @id ORDER BY at", r => r.Whole(0), ("id", battle.Id));
        return heard.Count switch
        {
            0 => 2 * battle.ListenMs,
            1 => battle.ListenMs + Math.Max(0, heard[0] + battle.ListenMs - Now()),
            _ => Math.Max(heard[0] + 2 * battle.ListenMs, heard[1] + battle.ListenMs) - Now(),
        };
    }

    void Sweep()
    {
        var (last, now) = (Interlocked.Read(ref swept), Now());
        if (now - last < BetweenSweeps.TotalMilliseconds || Interlocked.CompareExchange(ref swept, now, last) != last) return;
        _ = database.Write(session =>
        {
            const string open = "SELECT id FROM arena_battles WHERE created < @before AND NOT EXISTS (SELECT 1 FROM arena_votes v WHERE v.battle_id = arena_battles.id)";
            var before = now - (long)OpenFor.TotalMilliseconds;
            session.Run($"DELETE FROM arena_heard WHERE battle_id IN ({open})", ("before", before));
            return session.Run($"DELETE FROM arena_battles WHERE id IN ({open})", ("before", before));
        });
        if (!Directory.Exists(folder)) return;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
            if (clock.GetUtcNow() - file.LastWriteTimeUtc > FilesFor) file.Delete();
    }

    static Battle? Find(Session session, string voter, string id) => session.First(
        """
        SELECT b.id, b.voter, b.created, b.modality, b.prompt, b.a, b.b, b.text_a, b.text_b, b.style_a, b.style_b, b.listen_ms, b.repeat_of, v.body
        FROM arena_battles b LEFT JOIN arena_votes v ON v.battle_id = b.id WHERE b.id = @id AND b.voter = @voter
        """,
        r => new Battle
        {
            Id = r.Text(0),
            Voter = r.Text(1),
            Created = r.Time(2),
            Modality = r.Text(3),
            Prompt = r.Text(4),
            A = r.Text(5),
            B = r.Text(6),
            TextA = r.TextOrNull(7),
            TextB = r.TextOrNull(8),
            StyleA = Numbers(r.Text(9)),
            StyleB = Numbers(r.Text(10)),
            ListenMs = r.Whole(11),
            RepeatOf = r.TextOrNull(12),
            Vote = r.TextOrNull(13) is { } body ? JsonSerializer.Deserialize(body, WireJson.Default.VoteLine) : null,
        }, ("id", id), ("voter", voter));

    static string Numbers(IReadOnlyList<double> values) => JsonSerializer.Serialize(values, WireJson.Default.IReadOnlyListDouble);

    static IReadOnlyList<double> Numbers(string json) => JsonSerializer.Deserialize(json, WireJson.Default.IReadOnlyListDouble)!;

    string PathOf(string id, string seat) => Path.Combine(folder, $"{id}.{seat}");

    long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
