// Which examples a step learns from: every epoch is a shuffle of its own, and the place of a step in it follows from its number alone, so that a
// resumed run goes on where it was without anything kept.

namespace Maison.Training.Voice;

/// <summary>Draws batches of example numbers.</summary>
public sealed class ExampleOrder(int examples, int batch, int seed)
{
    int[] order = [];
    int shuffled = -1;

    /// <summary>The examples of a step.</summary>
    public int[] Batch(int step)
    {
        var drawn = new int[batch];
        for (var i = 0; i < batch; i++) drawn[i] = At((long)step * batch + i);
        return drawn;
    }

    /// <summary>The example at a place, counted over all steps.</summary>
    public int At(long place) => Shuffled((int)(place / examples))[(int)(place % examples)];

    int[] Shuffled(int epoch)
    {
        if (epoch == shuffled) return order;
        order = [.. Enumerable.Range(0, examples)];
        new Random(unchecked(seed * 1_000_003 + epoch)).Shuffle(order);
        shuffled = epoch;
        return order;
    }
}
