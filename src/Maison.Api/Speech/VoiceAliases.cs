// OpenAI's names of voices, which clients send by default, each standing for one of ours of the same pitch. They imitate nobody.

namespace Maison.Api.Speech;

static class VoiceAliases
{
    /// <summary>Our voice by OpenAI's name.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["alloy"] = "kathleen",
        ["marin"] = "kathleen",
        ["sage"] = "ida",
        ["coral"] = "nora",
        ["nova"] = "nora",
        ["shimmer"] = "ida",
        ["ballad"] = "theo",
        ["verse"] = "theo",
        ["fable"] = "theo",
        ["ash"] = "martin",
        ["cedar"] = "martin",
        ["echo"] = "martin",
        ["onyx"] = "george",
    };
}
