using Maison.Inference.Speech;

namespace Maison.Tests.Inference.Speech;

public sealed class ReadAheadTests
{
    [Fact]
    public void ElementsComeInTheirOrderAndOnlySomeAreMadeAhead()
    {
        var made = 0;
        IEnumerable<int> Numbers()
        {
            for (var i = 0; i < 100; i++)
            {
                Volatile.Write(ref made, i + 1);
                yield return i;
            }
        }

        var read = 0;
        foreach (var n in Numbers().Ahead(2))
        {
            Assert.Equal(read++, n);
            // This one, two that wait, and one on its way.
            Assert.InRange(Volatile.Read(ref made), read, read + 3);
        }
        Assert.Equal(100, read);
    }

    [Fact]
    public void AnErrorComesAfterTheElementsBeforeIt()
    {
        static IEnumerable<int> Failing()
        {
            yield return 1;
            throw new InvalidDataException("of its own");
        }

        var read = new List<int>();
        var error = Assert.Throws<InvalidDataException>(() => { foreach (var n in Failing().Ahead(2)) read.Add(n); });
        Assert.Equal("of its own", error.Message);
        Assert.Equal([1], read);
    }

    [Fact]
    public void WhoStopsReadingEndsTheMaking()
    {
        var ended = false;
        IEnumerable<int> Endless()
        {
            try
            {
                for (var i = 0; ; i++) yield return i;
            }
            finally
            {
                ended = true;
            }
        }

        Assert.Equal(3, Endless().Ahead(1).Skip(3).First());
        Assert.True(ended);
    }
}
