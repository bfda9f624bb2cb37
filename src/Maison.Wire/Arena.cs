// /v1/arena: blind battles, votes, boards, and the lines of an export or a signed snapshot. Before its vote a battle says nothing of who made
// which output; this file is where one can see that.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/arena/battles.</summary>
public sealed record BattleRequest
{
    /// <summary>text, image, voice or briefing.</summary>
    public string? Modality { get; init; }

    /// <summary>What both are asked; absent draws one of the house's questions. Of briefings: addresses of feeds, one a line, or an article, its headline first.</summary>
    public string? Prompt { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A battle, as its voter sees it.</summary>
public sealed record BattleBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "arena.battle";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }
    public required string Modality { get; init; }
    public required string Prompt { get; init; }

    /// <summary>Seat a, then seat b.</summary>
    public required IReadOnlyList<BattleOutput> Outputs { get; init; }

    /// <summary>Seconds that both sounds together must have been listened to before a vote is taken; of voices only.</summary>
    public double? ListenSeconds { get; init; }

    /// <summary>Absent until the vote.</summary>
    public BattleVote? Vote { get; init; }

    /// <summary>What models said; absent until the vote, and where none was asked.</summary>
    public IReadOnlyList<JuryVote>? Jury { get; init; }
}

/// <summary>One of two outputs.</summary>
public sealed record BattleOutput
{
    /// <summary>a or b.</summary>
    public required string Seat { get; init; }

    /// <summary>Of texts, and the transcript of a briefing.</summary>
    public string? Text { get; init; }

    /// <summary>Where the picture or the sound is fetched; of a briefing, its transcript read by a voice of the house.</summary>
    public string? Url { get; init; }
}

/// <summary>The body of POST /v1/arena/battles/{id}/vote.</summary>
public sealed record VoteRequest
{
    /// <summary>a, b, tie or both_bad.</summary>
    public string? Choice { get; init; }

    /// <summary>Whether question, outputs and choice may be used to train models; no unless said.</summary>
    public bool? Consent { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The body of POST /v1/arena/battles/{id}/jury.</summary>
public sealed record JuryRequest
{
    /// <summary>The model that judges; neither of the contestants.</summary>
    public string? Model { get; init; }
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>What a model said about a battle.</summary>
/// <param name="Choice">a, b, tie, or abstained where it said another thing once the seats were swapped.</param>
public sealed record JuryVote(string Juror, string Choice);

/// <summary>A cast vote, and with it who sat where.</summary>
public sealed record BattleVote
{
    public required string Choice { get; init; }
    public required long CastAt { get; init; }
    public required bool Consent { get; init; }

    /// <summary>The contestant in seat a.</summary>
    public required string A { get; init; }

    /// <summary>The contestant in seat b.</summary>
    public required string B { get; init; }

    /// <summary>Whether it was a battle that this voter had judged before, shown again to see how steady judgements are.</summary>
    public required bool Repeated { get; init; }
}

/// <summary>The answer of GET /v1/arena/board.</summary>
public sealed record BoardBody
{
    public string Object { get; init; } = "arena.board";
    public required string Modality { get; init; }
    public string? Category { get; init; }
    public required bool StyleControl { get; init; }

    /// <summary>Whether only the asking key's votes count.</summary>
    public bool Mine { get; init; }

    /// <summary>Whether models judged instead of people.</summary>
    public bool Jury { get; init; }

    /// <summary>The method's name; another method has another name.</summary>
    public required string Method { get; init; }

    /// <summary>Votes that count on this board, and how many people cast them.</summary>
    public required int Votes { get; init; }
    public required int Voters { get; init; }

    /// <summary>Best first; those without a rank at the end.</summary>
    public required IReadOnlyList<BoardLine> Entries { get; init; }

    /// <summary>Contestants that have not been in a counted battle of this board.</summary>
    public IReadOnlyList<string>? Waiting { get; init; }

    /// <summary>What style was worth; empty without style control.</summary>
    public required IReadOnlyList<StyleLine> Styles { get; init; }

    /// <summary>How often each pair was shown.</summary>
    public required IReadOnlyList<PairLine> Pairs { get; init; }

    /// <summary>Of the decided votes, the share of seat a.</summary>
    public required ShareLine SeatA { get; init; }

    /// <summary>What was cast in this modality and did not count.</summary>
    public required LeftOutLine LeftOut { get; init; }

    /// <summary>Of all hidden repeats of this modality, the share that was judged as before.</summary>
    public required ShareLine Consistency { get; init; }

    /// <summary>All categories that this modality's boards have.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}

/// <summary>One contestant.</summary>
public sealed record BoardLine
{
    public required string Contestant { get; init; }

    /// <summary>Null: not enough votes yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public int? Rank { get; init; }
    public required double Rating { get; init; }

    /// <summary>The 95 % interval.</summary>
    public required double Low { get; init; }
    public required double High { get; init; }
    public required int Battles { get; init; }
    public required int Wins { get; init; }
    public required int Losses { get; init; }
    public required int Ties { get; init; }
    public required int BothBad { get; init; }

    /// <summary>Votes that would have to be missing for the next one below to pass.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public int? VotesToFlip { get; init; }
    public required int VotesNeeded { get; init; }
}

/// <summary>What one standard deviation of a measure was worth, in points.</summary>
public sealed record StyleLine(string Name, double Points, double Low, double High);

/// <summary>How often two met.</summary>
public sealed record PairLine(string A, string B, int Battles);

/// <summary>A share with its 95 % interval.</summary>
public sealed record ShareLine(double Share, double Low, double High, int Of);

/// <summary>Votes that do not count.</summary>
public sealed record LeftOutLine(int Duplicates, int Repeats, int VotersSetAside, int VotesSetAside);

/// <summary>One vote of an export or snapshot.</summary>
public sealed record VoteLine
{
    public string Object { get; init; } = "arena.vote";
    public required string Battle { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long At { get; init; }

    /// <summary>The same voter has the same name in every line, and no other.</summary>
    public required string Voter { get; init; }
    public required string Modality { get; init; }

    /// <summary>SHA-256 of the question's words: the same question has the same one.</summary>
    public required string Question { get; init; }
    public required IReadOnlyList<string> Categories { get; init; }
    public required string A { get; init; }
    public required string B { get; init; }
    public required string Choice { get; init; }
    public string? RepeatOf { get; init; }
    public required IReadOnlyList<double> StyleA { get; init; }
    public required IReadOnlyList<double> StyleB { get; init; }

    /// <summary>From the battle to the vote.</summary>
    public required long Milliseconds { get; init; }
    public required bool Consent { get; init; }
}

/// <summary>A vote with its link in the chain: SHA-256 of the link before it and this vote's bytes, so that none can be changed or taken out unseen.</summary>
public sealed record ChainedVote(VoteLine Vote, string Chain)
{
    /// <summary>Question and outputs, where the voter agreed and the key may see them.</summary>
    public VoteTexts? Texts { get; init; }
}

/// <summary>What a vote was about.</summary>
public sealed record VoteTexts(string Prompt, string A, string B);

/// <summary>The first line of a snapshot.</summary>
public sealed record SnapshotHead
{
    public string Object { get; init; } = "arena.snapshot";
    public required long CreatedAt { get; init; }
    public required string Method { get; init; }
    public required int Votes { get; init; }

    /// <summary>The boards that these votes make: every modality, with and without style control.</summary>
    public required IReadOnlyList<BoardBody> Boards { get; init; }
}

/// <summary>The last line of a snapshot: ECDSA over P-256 and SHA-256 of all bytes before this line, in DER.</summary>
public sealed record SnapshotSeal(string Signature, string PublicKey)
{
    public string Object { get; init; } = "arena.seal";
}
