// maison arena: what the votes of blind battles say, read from the store, and the check of a snapshot, which needs nothing but its file.

using System.CommandLine;
using System.Globalization;
using Maison.Api.Arena;
using Maison.Battles;
using Maison.Cli.Terminal;
using Maison.Data.Chat;

namespace Maison.Cli.Arena;

static class ArenaVerb
{
    public static Command Create(Surroundings here) => new("arena", "Show, export and check what blind battles say") { BoardOf(here), CanaryOf(here), Export(here), Preferences(here), TakeSnapshot(here), Verify() };

    static Command BoardOf(Surroundings here)
    {
        var modality = Choice.Word("--modality", "Whose board: text, image, voice or briefing", "text", "image", "voice", "briefing");
        var category = new Option<string?>("--category") { Description = "Only questions of one kind, such as maths" };
        var asVoted = new Option<bool>("--as-voted") { Description = "Leave out style control" };
        var jury = new Option<bool>("--jury") { Description = "What models say instead of people" };
        var command = new Command("board", "Show the leaderboard") { modality, category, asVoted, jury };
        command.SetAction(parsed =>
        {
            var (of, kind, output) = (parsed.GetValue(modality) ?? "text", parsed.GetValue(category), parsed.InvocationConfiguration.Output);
            if (kind is not null && !PromptCategories.Of(of).Contains(kind)) throw new UserException($"--category is '{kind}': boards of {of} have {string.Join(", ", PromptCategories.Of(of))}.");
            using var store = HomeFolder.Of(here).OpenStore(here);
            var (book, asked) = (new VoteBook(store), new BoardOptions(of, kind, !parsed.GetValue(asVoted)));
            var board = parsed.GetValue(jury) ? book.JuryBoard(asked) : book.Board(asked);
            if (board.Entries.Count == 0)
            {
                output.WriteLine("No votes yet. Battles are judged in the app's arena, or over /v1/arena/battles.");
                return;
            }
            TextTable.Write(output, ["RANK", "RATING", "95 %", "BATTLES", "WON", "LOST", "TIED", "BOTH BAD", "TO FLIP", "CONTESTANT"],
                [.. board.Entries.Select(e => (string[])[e.Rank is { } rank ? Whole(rank) : $"{Whole(e.VotesNeeded)} missing", Points(e.Rating), $"{Points(e.Low)}-{Points(e.High)}", Whole(e.Battles), Whole(e.Wins), Whole(e.Losses), Whole(e.Ties), Whole(e.BothBad), e.VotesToFlip is { } flips ? Whole(flips) : "-", e.Contestant])]);
            output.WriteLine($"{board.Votes} votes of {board.Voters} voters count; left out: {board.Ballots.Duplicates} judged twice, {board.Ballots.Repeats} repeats, {board.Ballots.VotesSetAside} of voters set aside.");
        });
        return command;
    }

    static Command CanaryOf(Surroundings here)
    {
        var candidate = new Argument<string>("candidate") { Description = "The contestant that is tried" };
        var baseline = new Argument<string>("baseline") { Description = "The one whose place it would take" };
        var modality = Choice.Word("--modality", "What they make: text, image, voice or briefing", "text", "image", "voice", "briefing");
        var apply = new Option<bool>("--apply") { Description = "Carry it out: a promoted candidate takes the other's name, one that is rolled back is set aside; for added models of text" };
        var command = new Command("canary", "Judge a candidate by its battles against what it would replace: promote, roll back, or go on") { candidate, baseline, modality, apply };
        command.SetAction(parsed =>
        {
            var home = HomeFolder.Of(here);
            using var store = home.OpenStore(here);
            var (votes, of, tried, stays) = (new VoteBook(store).Votes, parsed.GetValue(modality) ?? "text", parsed.GetValue(candidate)!, parsed.GetValue(baseline)!);
            var known = votes.Where(v => v.Modality == of).SelectMany(v => new[] { v.A, v.B }).ToHashSet();
            if (((string[])[tried, stays]).FirstOrDefault(n => !known.Contains(n)) is { } stranger)
                throw new UserException($"'{stranger}' was in no battle of {of} that has a vote. {(known.Count == 0 ? "There are none yet." : $"There were: {string.Join("; ", known.Order(StringComparer.Ordinal))}.")}");
            var state = Canary.Judge(votes, of, tried, stays);
            var verdict = state.Verdict switch { CanaryVerdict.Promote => "promote", CanaryVerdict.RollBack => "roll back", _ => "go on" };
            parsed.InvocationConfiguration.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict}: {state.Share:0.0 %} of {state.Battles} battles ({state.Low:0.0 %} to {state.High:0.0 %} at every look at once; above 50 % is better, and a trial ends after {Canary.MostBattles})"));
            if (parsed.GetValue(apply) && state.Verdict != CanaryVerdict.GoOn) parsed.InvocationConfiguration.Output.WriteLine(Carried(home, state.Verdict == CanaryVerdict.Promote, tried, stays));
        });
        return command;
    }

    /// <summary>Moves folders on the shelf of added models, which comes before the shipped one; what makes way is kept under another name, and not served.</summary>
    static string Carried(HomeFolder home, bool promoted, string candidate, string baseline)
    {
        string from = Path.Combine(home.Models, candidate), to = Path.Combine(home.Models, promoted ? baseline : candidate);
        if (!Directory.Exists(from)) throw new UserException($"--apply moves added models, and '{candidate}' is none of them: maison models list shows which there are. Nothing was changed.");
        var aside = $"{to}.{DateTime.UtcNow:yyyyMMdd-HHmmss}.tmp";
        if (Directory.Exists(to)) Directory.Move(to, aside);
        if (promoted) Directory.Move(from, to);
        return promoted ? $"{candidate} answers as {baseline} once the server is started again.{(Directory.Exists(aside) ? $" What it replaces is kept in {aside}." : " To have the shipped one back: maison models remove " + baseline + ".")}"
            : $"{candidate} is gone from the shelf once the server is started again; it is kept in {aside}.";
    }

    static Command Preferences(Surroundings here)
    {
        var command = new Command("preferences", "Write decided votes on texts, whose voters agreed to training, as pairs for `maison train text --prefer`");
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            foreach (var pair in new VoteBook(store).Preferences()) parsed.InvocationConfiguration.Output.WriteLine(PreferenceFile.Line(pair));
        });
        return command;
    }

    static Command Export(Surroundings here)
    {
        var texts = new Option<bool>("--texts") { Description = "With questions and answers, where their voters agreed to training" };
        var command = new Command("export", "Write every vote as a line of JSON") { texts };
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            foreach (var line in Snapshot.Lines(store, parsed.GetValue(texts))) parsed.InvocationConfiguration.Output.WriteLine(line);
        });
        return command;
    }

    static Command TakeSnapshot(Surroundings here)
    {
        var file = new Argument<string>("file") { Description = "Where to write it" };
        var command = new Command("snapshot", "Write votes and boards into one signed file") { file };
        command.SetAction(parsed =>
        {
            using var store = HomeFolder.Of(here).OpenStore(here);
            var path = Path.GetFullPath(parsed.GetValue(file)!);
            File.WriteAllBytes(path, Snapshot.Write(store, DateTimeOffset.UtcNow));
            parsed.InvocationConfiguration.Output.WriteLine(path);
        });
        return command;
    }

    static Command Verify()
    {
        var file = new Argument<string>("file") { Description = "A snapshot" };
        var command = new Command("verify", "Check a snapshot: its signature, its chain of votes, and that the votes make its boards") { file };
        command.SetAction(parsed =>
        {
            var report = Snapshot.Check(File.ReadAllBytes(parsed.GetValue(file)!));
            var output = parsed.InvocationConfiguration.Output;
            output.WriteLine($"{report.Votes} votes and {report.Boards.Count} boards of {report.Created:u}, signed by {report.Fingerprint}");
            foreach (var problem in report.Problems) output.WriteLine(problem);
            output.WriteLine(report.Problems.Count == 0 ? "All is right: the file is as it was signed, no vote is missing between others, and the votes make these boards." : "This snapshot can not be trusted.");
            return report.Problems.Count == 0 ? 0 : 1;
        });
        return command;
    }

    static string Whole(int n) => n.ToString(CultureInfo.InvariantCulture);

    static string Points(double points) => points.ToString("0", CultureInfo.InvariantCulture);
}
