namespace Maison.App.Arena;

/// <summary>The words of the arena.</summary>
public sealed record ArenaTexts
{
    public string Name { get; init; } = "Arena";
    public string Title { get; init; } = "Which one is better?";
    public string How { get; init; } = "Two contestants answer the same question without names. You judge; then you see who they were.";
    public string Battle { get; init; } = "Battle";
    public string Board { get; init; } = "Board";
    public string Method { get; init; } = "Method";
    public string Text { get; init; } = "Text";
    public string Image { get; init; } = "Pictures";
    public string Voice { get; init; } = "Voices";

    public string Own { get; init; } = "Your question";
    public string OwnPicture { get; init; } = "What is to be seen";
    public string OwnVoice { get; init; } = "What is to be said";
    public string OwnHint { get; init; } = "Leave it empty to be given one of the house's.";
    public string Start { get; init; } = "Start a battle";
    public string Next { get; init; } = "Next battle";
    public string Waiting { get; init; } = "Both are at work…";

    public string Question { get; init; } = "Question";
    public string Judge { get; init; } = "Your judgement";
    public string BetterA { get; init; } = "A is better";
    public string BetterB { get; init; } = "B is better";
    public string Tie { get; init; } = "As good";
    public string BothBad { get; init; } = "Both bad";
    public string Consent { get; init; } = "Models may be trained with this vote";
    public string Listen(double seconds) => $"Listen to both first; the vote is taken after {seconds:0} seconds of sound.";
    public string BlankPicture(string seat) => $"Picture {seat}";
    public string Judged { get; init; } = "You judged";
    public string Repeated { get; init; } = "You had judged this one before: it was shown again to see how steady judgements are.";
    public string SeeBoard { get; init; } = "See the board";

    public string BoardTitle { get; init; } = "Who is better, as far as the votes can tell";
    public string StyleOn { get; init; } = "Style controlled";
    public string StyleOff { get; init; } = "As voted";
    public string Everybody { get; init; } = "Everybody's votes";
    public string Mine { get; init; } = "Mine";
    public string AllKinds { get; init; } = "All";
    public string Rank { get; init; } = "Rank";
    public string Contestant { get; init; } = "Contestant";
    public string Rating { get; init; } = "Rating, with its 95 % interval";
    public string Battles { get; init; } = "Battles";
    public string ToFlip { get; init; } = "Votes to flip";
    public string ToFlipHow { get; init; } = "So many votes would have to be missing for the next one to pass.";
    public string NoVotes { get; init; } = "Nobody has voted here yet. A rank needs 20 battles for each contestant.";
    public string TooFew { get; init; } = "Not enough votes yet";
    public string TooFewHow { get; init; } = "A rank needs 20 battles.";
    public string Missing(int votes) => votes == 1 ? "1 vote is missing" : $"{votes} votes are missing";
    public string Behind { get; init; } = "Behind the numbers";
    public string Votes { get; init; } = "Votes";
    public string Voters { get; init; } = "Voters";
    public string SeatA { get; init; } = "Won by seat A";
    public string Steady { get; init; } = "Repeats judged as before";
    public string LeftOut { get; init; } = "Left out";
    public string LeftOutWhat(int duplicates, int repeats, int aside) => $"{duplicates} judged twice, {repeats} repeats, {aside} of voters set aside";
    public string StyleWorth { get; init; } = "What style was worth";
    public string StyleWorthHow { get; init; } = "Points for one standard deviation more of it, taken out of the ratings above.";
    public string Points { get; init; } = "points";
    public string Met { get; init; } = "How often they met";
    public string Download { get; init; } = "All votes";
    public string Snapshot { get; init; } = "Signed snapshot";

    public string NameOf(string modality) => modality switch { "image" => Image, "voice" => Voice, _ => Text };

    public string Choice(string choice) => choice switch { "a" => BetterA, "b" => BetterB, "tie" => Tie, _ => BothBad };
}
