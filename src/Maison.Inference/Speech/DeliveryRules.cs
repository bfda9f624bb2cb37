// Which delivery a sentence asks for by its own words, when nobody else has said: exclamation marks, capitals, words of joy, grief and haste.
// Rules, not a network: the reason is given with the choice, so that a listener can see why and overrule it.

namespace Maison.Inference.Speech;

/// <summary>A style chosen for a sentence, and why.</summary>
public sealed record ChosenDelivery(SpeechStyle Style, float Strength, string Reason);

/// <summary>Chooses deliveries.</summary>
public static class DeliveryRules
{
    static readonly (string Style, string[] Words)[] Moods =
    [
        ("excited", ["amazing", "incredible", "awesome", "hurray", "hooray", "wow", "yes", "finally", "unbelievable", "fantastic", "quick", "hurry", "win", "won", "victory"]),
        ("cheerful", ["happy", "glad", "wonderful", "great", "lovely", "delighted", "welcome", "congratulations", "thanks", "thank", "love", "fun", "nice", "birthday", "laughed", "laugh", "smiled", "smile", "joy"]),
        ("sad", ["sad", "sorry", "died", "death", "dead", "alone", "lonely", "cried", "cry", "tears", "grief", "lost", "miss", "missed", "unfortunately", "funeral", "goodbye", "regret", "mourn"]),
        ("serious", ["warning", "danger", "dangerous", "important", "must", "never", "war", "crime", "police", "killed", "attack", "emergency", "law", "serious", "urgent"]),
        ("whisper", ["whispered", "whisper", "hush", "shh", "secret", "secretly", "quietly"]),
        ("calm", ["calm", "relax", "breathe", "sleep", "slowly", "peace", "peaceful", "gentle", "gently", "quiet", "rest", "softly"]),
    ];

    /// <summary>The delivery of a sentence by its text.</summary>
    public static ChosenDelivery For(string text)
    {
        var words = text.ToLowerInvariant().Split([' ', '\t', '\n', '\r', ',', '.', ';', ':', '!', '?', '"', '“', '”', '(', ')', '—', '–', '…'], StringSplitOptions.RemoveEmptyEntries);
        var exclamations = text.Count(c => c == '!');
        var capitals = text.Split(' ').Count(w => w.Length > 2 && w.Any(char.IsLetter) && w == w.ToUpperInvariant());
        var best = Moods.Select(m => (m.Style, Hits: words.Where(m.Words.Contains).ToArray())).MaxBy(m => m.Hits.Length);
        if (best.Hits is { Length: > 0 } hits)
        {
            var style = best.Style == "cheerful" && exclamations > 0 && hits.Length > 1 ? "excited" : best.Style;
            return new(SpeechStyles.Named(style), Math.Min(1f, 0.5f + 0.2f * (hits.Length - 1) + 0.15f * Math.Min(2, exclamations)), string.Join(", ", hits.Distinct()));
        }
        if (exclamations > 0 || capitals > 0)
            return new(SpeechStyles.Named("excited"), Math.Min(1f, 0.35f + 0.2f * (exclamations - 1) + 0.15f * capitals), exclamations > 0 ? "exclamation" : "capitals");
        return new(SpeechStyles.Neutral, 1, "nothing asks for more");
    }
}
