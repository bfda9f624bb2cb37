// Which prompts are never trained on. Takes of one prompt, in whatever corpus and voice, are held out together: the key is the
// text without case and punctuation. The choice follows the digests of the keys, the same on every machine.

using System.Security.Cryptography;
using System.Text;

namespace Maison.Data.Audio.Preparation;

static class HeldOutPrompts
{
    const string ArcticSetB = "arctic_b";

    /// <summary>Keys of the held-out prompts of all corpora: so many of set B where a corpus reads the ARCTIC prompts, else a share of its prompts.</summary>
    public static HashSet<string> Choose(IEnumerable<VoiceCorpus> corpora, VoiceRules rules)
    {
        HashSet<string> chosen = [];
        foreach (var corpus in corpora)
        {
            string[] arctic = [.. Keys(corpus.Recordings.Where(r => r.Id.Contains(ArcticSetB, StringComparison.Ordinal)))];
            string[] all = [.. Keys(corpus.Recordings)];
            chosen.UnionWith(arctic.Length > rules.HeldOutArctic ? arctic.Take(rules.HeldOutArctic) : all.Take((int)Math.Ceiling(all.Length * rules.HeldOutShare)));
        }
        return chosen;
    }

    static IEnumerable<string> Keys(IEnumerable<Recording> recordings) => recordings.Select(r => Key(r.Text)).Distinct().OrderBy(Digest, StringComparer.Ordinal);

    public static string Key(string text)
    {
        var words = new string([.. text.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) || c == '\'' ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 ? string.Join(' ', words) : text;
    }

    static string Digest(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
