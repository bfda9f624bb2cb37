// What a model costs, and what an amount of it costs: micro-euros, whole, rounded up once per request so that no fraction is ever lost.

using Maison.Api.Store;

namespace Maison.Api.Budgets;

/// <summary>Micro-euros per million tokens, per second of audio, per image.</summary>
/// <param name="Cached">Prompt tokens that were found in a cache.</param>
public sealed record Price(long Input = 0, long Cached = 0, long Output = 0, long AudioSecond = 0, long Image = 0)
{
    /// <summary>Of a model that nobody has priced: the house's own.</summary>
    public static readonly Price Free = new();

    const long Million = 1_000_000, Second = 1_000;

    /// <summary>What the amounts cost together, rounded up to a whole micro-euro.</summary>
    public long Of(Amounts used)
    {
        var tokens = (Int128)(used.InputTokens - used.CachedTokens) * Input + (Int128)used.CachedTokens * Cached + (Int128)used.OutputTokens * Output;
        var whole = tokens * Second + (Int128)used.AudioMs * AudioSecond * Million + (Int128)used.Images * Image * Million * Second;
        return (long)Int128.Min(long.MaxValue / 4, (whole + Million * Second - 1) / (Million * Second));
    }
}

/// <summary>What one request takes; cached tokens are among the input tokens.</summary>
public readonly record struct Amounts(long InputTokens = 0, long CachedTokens = 0, long OutputTokens = 0, long AudioMs = 0, long Images = 0);

/// <summary>The prices that the house asks for its models; safe from any thread.</summary>
public sealed class PriceBook(Database database)
{
    const long LargestPrice = 1_000_000_000_000;

    volatile Dictionary<string, Price> known = [];
    long revision = -1;

    /// <summary>The price of a model; <see cref="Price.Free"/> where none was set.</summary>
    public Price Of(string model) => Current().GetValueOrDefault(model, Price.Free);

    public IReadOnlyDictionary<string, Price> All => Current();

    /// <summary>Sets a model's price from now on.</summary>
    /// <exception cref="ArgumentException">A price is negative or absurd; names it.</exception>
    public void Set(string model, Price price, string actor)
    {
        foreach (var (name, value) in new[] { ("input", price.Input), ("cached", price.Cached), ("output", price.Output), ("audio_second", price.AudioSecond), ("image", price.Image) })
            if (value is < 0 or > LargestPrice) throw new ArgumentException($"'{name}' is {value}, but a price is 0 to {LargestPrice} micro-euros.");
        database.WriteNow(session =>
        {
            session.Run(
                """
                INSERT INTO prices (model, input, cached, output, audio_second, image) VALUES (@model, @input, @cached, @output, @audio, @image)
                ON CONFLICT (model) DO UPDATE SET input = @input, cached = @cached, output = @output, audio_second = @audio, image = @image
                """,
                ("model", model), ("input", price.Input), ("cached", price.Cached), ("output", price.Output), ("audio", price.AudioSecond), ("image", price.Image));
            session.Run("UPDATE revision SET number = number + 1");
            Keys.AuditLog.Add(session, DateTimeOffset.UtcNow, actor, "price.updated", model,
                $"per million tokens: {price.Input} in, {price.Cached} cached, {price.Output} out; {price.AudioSecond} per second of audio; {price.Image} per image (µ€)");
            return true;
        });
    }

    Dictionary<string, Price> Current() => database.KnownRevision() == Interlocked.Read(ref revision) ? known : database.Read(session =>
    {
        var now = session.First("SELECT number FROM revision", r => r.Whole(0));
        var read = session.Rows("SELECT model, input, cached, output, audio_second, image FROM prices ORDER BY model",
            r => (Model: r.Text(0), Price: new Price(r.Whole(1), r.Whole(2), r.Whole(3), r.Whole(4), r.Whole(5)))).ToDictionary(p => p.Model, p => p.Price);
        known = read;
        Interlocked.Exchange(ref revision, now);
        return read;
    });
}
