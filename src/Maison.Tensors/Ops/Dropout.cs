// y = x m / (1 − rate), where m is 1 with probability 1 − rate and else 0.   dx = dy m / (1 − rate).
// The mask is a function of the seed and the element's place, drawn again on the way back instead of kept: threads do not change it, and
// a run that goes on draws what it would have drawn. Four elements share the 64 bits of one SplitMix64 output (Steele, Lea, Flood 2014).

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    float dropoutRate;
    ulong dropoutSeed;

    struct DropoutJob
    {
        public float* X, Y;
        public nint Count;
        public ulong Seed;
        public float Scale;
        public int Threshold;
        public bool Fresh;
    }

    /// <summary>From now on layers of this pass drop features at a rate in [0, 1), by masks that follow from the seed; 0, as a pass begins its life, drops none.</summary>
    public void SetDropout(float rate, ulong seed)
    {
        if (rate is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate is at least 0 and less than 1.");
        (dropoutRate, dropoutSeed) = (rate, seed);
    }

    /// <summary>Drops features of x at the pass's own rate, each time it is called by another mask; x itself at rate 0.</summary>
    public Tensor Dropout(Tensor x) => dropoutRate == 0 ? x : Dropout(x, dropoutRate, dropoutSeed = Scatter(dropoutSeed + Golden));

    /// <summary>Features of x set to 0 at a rate in (0, 1), the others scaled so that the expectation stays (arXiv 1207.0580): same shape.</summary>
    public Tensor Dropout(Tensor x, float rate, ulong seed)
    {
        if (rate is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate is between 0 and 1.");
        var y = New(x.Rows, x.Cols);
        var job = new DropoutJob { X = x.Pointer, Y = y.Pointer, Count = y.Count, Seed = seed, Scale = 1 / (1 - rate), Threshold = (int)(rate * 65536), Fresh = true };
        Gang.For(Tasks(y.Count), &DropoutTask, &job, Launch.Elements("dropout", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &DropoutBackward, Y = y, A = x, F0 = job.Scale, I0 = job.Threshold, Memory = (void*)seed });
        return y;
    }

    static void DropoutBackward(Pass p, in TapeEntry e)
    {
        var job = new DropoutJob { X = p.Tape.Gradient(e.Y), Count = e.Y.Count, Seed = (ulong)e.Memory, Scale = e.F0, Threshold = e.I0 };
        job.Y = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For(Tasks(job.Count), &DropoutTask, &job, Launch.Elements("dropout", job.Count));
    }

    static void DropoutTask(void* context, int task, int thread)
    {
        var j = (DropoutJob*)context;
        nint start = (nint)task * ElementsPerTask, end = nint.Min(j->Count, start + ElementsPerTask);
        ulong bits = 0;
        for (var i = start; i < end; i++)
        {
            bits = (i & 3) == 0 ? Scatter(j->Seed + ((ulong)(i >> 2) + 1) * Golden) : bits >> 16;
            var value = (int)(bits & 0xFFFF) < j->Threshold ? 0f : j->X[i] * j->Scale;
            j->Y[i] = j->Fresh ? value : j->Y[i] + value;
        }
    }

    static ulong Scatter(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
