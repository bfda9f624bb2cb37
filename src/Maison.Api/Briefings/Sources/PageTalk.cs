// What stands on pages beside the article and must not be spoken: buttons and teasers in words, captions and credits, cookie notices, calls to
// subscribe. Told by their wording, since their place in the page is as often wrong as right. A real sentence that is taken for one is
// a sentence less; garbage that is spoken is heard by everybody.

using System.Text.RegularExpressions;

namespace Maison.Api.Briefings.Sources;

/// <summary>Tells the page's own words from the article's.</summary>
static partial class PageTalk
{
    const int LongestButton = 200, LongestCaption = 240, ShortestSentence = 8;

    /// <summary>Whether a whole paragraph belongs to the page.</summary>
    public static bool IsWhole(string paragraph) => paragraph.Length < LongestButton && Opening().IsMatch(paragraph) || paragraph.Length < LongestCaption && Credit().IsMatch(paragraph);

    /// <summary>Whether a sentence can not be spoken: an address, a fragment that was cut short, a button, more signs than letters.</summary>
    public static bool IsSentence(string sentence)
    {
        if (sentence.Length < ShortestSentence || Opening().IsMatch(sentence) || Inside().IsMatch(sentence) || Credit().IsMatch(sentence) || Address().IsMatch(sentence) || CutShort().IsMatch(sentence)) return true;
        if (sentence[^1] is not ('.' or '!' or '?' or '"' or '”' or '’' or '\'' or ')' or '»')) return true;
        var (letters, others) = (0, 0);
        foreach (var c in sentence)
            if (char.IsLetter(c)) letters++;
            else if (!char.IsWhiteSpace(c) && c is not (',' or '.' or '\'' or '’' or '"' or '“' or '”')) others++;
        return letters < 3 * others || Code().IsMatch(sentence);
    }

    [GeneratedRegex(
        @"^(?:(?:click|tap|swipe) |read (?:more|also|next|the full|full)|continue reading|keep reading|see also|related(?: stor(?:y|ies)| articles?)?\b ?:|more (?:on|from) this|also read|watch(?: now| live| the video)?:|listen(?: now| to this)|(?:scroll|swipe) (?:down|left|right)"
        + @"|share (?:this|on|via)|follow (?:us|me|him|her|the) |like us on|join (?:us|our|the conversation)|sign[ -]?up|sign in|log ?in|register (?:now|here|for)|subscribe|already a subscriber|get (?:the|our) (?:latest|newsletter|app|best)|download (?:the|our) app"
        + @"|(?:we|this (?:site|website|page)|our (?:site|website|partners)) (?:and our|uses?|may use|store|value your)|by (?:continuing|clicking|signing|subscribing|using (?:this|our))|accept (?:all|cookies)|manage (?:cookies|preferences|consent)|advertisement|sponsored|promoted|ad feedback|story continues|article continues"
        + @"|this (?:article|story|post|piece) (?:was|has been|is|first|originally|appeared)|the post .{1,200} (?:appeared first|first appeared)|(?:a )?version of this (?:article|story)|originally published|first published|last updated|updated:|published:|posted (?:on|by|in)|filed under|tags?:|topics?:|categories:|reporting by|writing by|editing by|additional reporting|compiled by|photo(?:graph|s)?(?: by| courtesy|:)|image(?:s)?(?: credit| source| caption| by| courtesy|:)|caption:|credit:|source:|file photo|video:|getty images"
        + @"|copyright|©|\(c\) \d{4}|all rights reserved|terms (?:of|and)|privacy policy|comments? (?:are|is) closed|leave a (?:comment|reply)|submitted by|\d+ (?:comments?|shares?|min(?:ute)?s? read)\b|back to top|skip to|toggle |menu\b|search\b.{0,10}$|loading|print this|email this|have a (?:tip|story)|do you have|contact us|tell us|let us know|thank you for|thanks for (?:reading|signing|subscribing)|enjoy this|support (?:our|us|independent)|donate|become a (?:member|subscriber))",
        RegexOptions.IgnoreCase)]
    private static partial Regex Opening();

    [GeneratedRegex(
        @"\b(?:cookies? (?:policy|to (?:improve|personali[sz]e|give|offer|ensure|provide))|use(?:s)? (?:of )?cookies|our newsletter|your inbox|terms of (?:use|service)|appeared first on|privacy policy|enable javascript|ad ?blocker|read more|view comments|subscribers only|copy(?:right)? \d{4}|all rights reserved|\[link\]|\[comments\])",
        RegexOptions.IgnoreCase)]
    private static partial Regex Inside();

    /// <summary>Captions and picture credits: "… is seen in this image.", "AP Photo/…", "(Photo by …)".</summary>
    [GeneratedRegex(@"\b(?:AP Photo|Getty Images|AFP/|/Getty|REUTERS/|Photograph: |Photo: |Photo by |Image: |Shutterstock|Pictured(?: above| below|:)|(?:seen|shown|pictured) (?:here|in this (?:\w+ )?(?:image|photo|picture|photograph|handout))|file (?:photo|picture)|this undated (?:photo|handout))", RegexOptions.IgnoreCase)]
    private static partial Regex Credit();

    [GeneratedRegex(@"https?://|www\.|\b[\w.+-]+@[\w-]+\.\w{2,}|(?:^|\s)[#@]\w{2,}|\bpic\.twitter|\w+/\w+/\w+", RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    /// <summary>A teaser that breaks off.</summary>
    [GeneratedRegex(@"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(more\))[""”]?$")]
    private static partial Regex CutShort();

    [GeneratedRegex(@"[{}<>\\|=]|::|\(\)|;$|_\w+_")]
    private static partial Regex Code();
}
