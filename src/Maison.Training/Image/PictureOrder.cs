// Which pictures a step of a flow sees. Rendered scenes can be made without end and drawings can not, so a style of which there are more than all others
// together gets every other place and no more; each part is shuffled by itself, epoch after epoch.

using Maison.Data.Pictures.Preparation;
using Maison.Training.Voice;

namespace Maison.Training.Image;

/// <summary>Draws batches of picture numbers.</summary>
public sealed class PictureOrder
{
    readonly int batch;
    readonly (int[] Numbers, ExampleOrder Order)[] parts;

    public PictureOrder(IReadOnlyList<PreparedPicture> pictures, int batch, int seed)
    {
        this.batch = batch;
        int[][] groups = [.. Enumerable.Range(0, pictures.Count).GroupBy(i => pictures[i].Style).Select(g => g.ToArray()).OrderByDescending(g => g.Length)];
        int[][] shares = groups.Length > 1 && 2 * groups[0].Length > pictures.Count ? [groups[0], [.. groups.Skip(1).SelectMany(g => g)]] : [[.. Enumerable.Range(0, pictures.Count)]];
        parts = [.. shares.Select((numbers, i) => (numbers, new ExampleOrder(numbers.Length, batch, seed + i)))];
    }

    /// <summary>The pictures of a step.</summary>
    public int[] Batch(int step)
    {
        var drawn = new int[batch];
        for (var i = 0; i < batch; i++)
        {
            var place = (long)step * batch + i;
            var (numbers, order) = parts[place % parts.Length];
            drawn[i] = numbers[order.At(place / parts.Length)];
        }
        return drawn;
    }
}
