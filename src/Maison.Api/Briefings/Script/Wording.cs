// The house's own words in a briefing: fixed, few, and without a fact that a source would have to vouch for. One host speaks them alone; two share them.

using System.Globalization;

namespace Maison.Api.Briefings.Script;

/// <summary>How long a briefing is.</summary>
public enum BriefingLength { Brief, Morning, Deep }

/// <summary>What the house says.</summary>
public static class Wording
{
    /// <summary>Written wherever a briefing is shown or sent.</summary>
    public const string Notice = "This briefing was put together and is spoken by software. Every sentence about the news is taken from the source that is shown with it; what could not be matched was cut.";

    public static double Seconds(BriefingLength length) => length switch { BriefingLength.Brief => 120, BriefingLength.Morning => 300, _ => 600 };

    /// <summary>Stories at most: enough to fill the time, few enough that each is told.</summary>
    public static int MostStories(BriefingLength length) => length switch { BriefingLength.Brief => 5, BriefingLength.Morning => 9, _ => 14 };

    static string Minutes(BriefingLength length) => length switch { BriefingLength.Brief => "two", BriefingLength.Morning => "five", _ => "ten" };

    public static IEnumerable<ScriptLine> Opening(BriefingLength length, DateOnly day, int hosts)
    {
        var date = day.ToString("dddd, MMMM d, yyyy", CultureInfo.InvariantCulture);
        yield return ScriptLine.House(0, -1, $"Hello. It is {date}, and this is your {Minutes(length)}-minute briefing.");
        yield return ScriptLine.House(hosts - 1, -1, hosts == 1
            ? "I am a computer's voice, and this was put together by software, from the sources that I name."
            : "We are two computer voices, and this was put together by software, from the sources that we name.");
    }

    public static string Closing(int hosts) => hosts == 1 ? "That was your briefing. The transcript shows where each sentence comes from." : "That was it for today. The transcript shows where each sentence comes from.";

    public const string Goodbye = "Goodbye.";

    /// <summary>Said where there was less to tell than was asked for.</summary>
    public const string NoMore = "That is all there was in your sources.";

    static readonly string[] Openers = ["Next, from {0}:", "From {0}:", "Also today, from {0}:", "Now to {0}:", "Then, from {0}:", "On to {0}:"];
    static readonly string[] SameOpeners = ["Next:", "Also there:", "Then:"];

    /// <summary>Words before a headline.</summary>
    /// <param name="before">Who was heard just before; null for nobody.</param>
    /// <param name="related">Whether it belongs with the story before.</param>
    public static string Opener(int chapter, bool last, string publisher, string? before, bool related)
    {
        var form = chapter == 0 ? "First, from {0}:" : related ? publisher == before ? "More on this:" : "More on this from {0}:"
            : last ? publisher == before ? "And last:" : "And last, from {0}:"
            : publisher == before ? SameOpeners[(chapter - 1) % SameOpeners.Length] : Openers[(chapter - 1) % Openers.Length];
        return string.Format(CultureInfo.InvariantCulture, form, publisher);
    }

    static readonly string[] Others = ["{0} adds:", "{0} also writes:", "And from {0}:"];

    /// <summary>Words before what another publisher says of the same story.</summary>
    public static string Another(int turn, string publisher) => string.Format(CultureInfo.InvariantCulture, Others[turn % Others.Length], publisher);

    static readonly string[] Questions = ["What do we know?", "Tell me more.", "What is it about?", "What happened?"];
    static readonly string[] FurtherQuestions = ["And what else?", "Go on.", "What else do we hear?"];

    /// <summary>What the other host asks.</summary>
    /// <param name="first">Whether nothing but the headline was said.</param>
    public static string Question(int turn, bool first) => first ? Questions[turn % Questions.Length] : FurtherQuestions[turn % FurtherQuestions.Length];
}
