namespace Maison.Api.Briefings.Stories;

/// <summary>How much of each term a text has: of length 1, so that a product of two is the cosine of the angle between them.</summary>
public sealed class TermVector
{
    readonly Dictionary<string, double> weights = new(StringComparer.Ordinal);

    TermVector() { }

    /// <param name="rarity">Weight of a term by how few texts have it.</param>
    public static TermVector Of(IEnumerable<(string Term, double Count)> terms, Func<string, double> rarity)
    {
        var vector = new TermVector();
        foreach (var (term, count) in terms) vector.weights[term] = vector.weights.GetValueOrDefault(term) + count;
        foreach (var term in vector.weights.Keys.ToList()) vector.weights[term] = (1 + Math.Log(1 + vector.weights[term])) * rarity(term);
        vector.Normalise();
        return vector;
    }

    /// <summary>The direction between some.</summary>
    public static TermVector Middle(IEnumerable<TermVector> of)
    {
        var middle = new TermVector();
        foreach (var vector in of)
            foreach (var (term, weight) in vector.weights) middle.weights[term] = middle.weights.GetValueOrDefault(term) + weight;
        middle.Normalise();
        return middle;
    }

    public double Cosine(TermVector other)
    {
        var (few, many) = weights.Count <= other.weights.Count ? (weights, other.weights) : (other.weights, weights);
        return few.Sum(p => p.Value * many.GetValueOrDefault(p.Key));
    }

    /// <summary>Terms that both have.</summary>
    public int Shared(TermVector other) => weights.Keys.Count(other.weights.ContainsKey);

    /// <summary>What the text is about, the heaviest first.</summary>
    public IEnumerable<string> Heaviest(int count) => weights.OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Take(count).Select(w => w.Key);

    void Normalise()
    {
        var length = Math.Sqrt(weights.Values.Sum(w => w * w));
        if (length > 0)
            foreach (var term in weights.Keys.ToList()) weights[term] /= length;
    }
}
