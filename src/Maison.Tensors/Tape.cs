// What a recorded pass did, in order, and the gradients on their way back.
// A gradient buffer lives from its first contribution to the backward of the op that made the tensor; buffers are pooled by size,
// so a training step reuses a few warm buffers instead of one per activation.

namespace Maison.Tensors;

/// <summary>One recorded op: its backward function and all it needs. Unused fields stay default.</summary>
unsafe struct TapeEntry
{
    public delegate*<Pass, in TapeEntry, void> Backward;
    public Tensor Y, A, B, C;
    public Weight? Weight, Weight2;
    public object? State;
    public void* Memory, Memory2, Memory3;
    public float F0;
    public int I0, I1, I2, I3, I4, I5, I6;
}

/// <summary>The list of recorded ops and the gradient slots of their tensors.</summary>
sealed unsafe class Tape : IDisposable
{
    struct Slot
    {
        public nint Gradient, Elements, Rounded, RoundedGradient;
        public int Uses;
        public bool InPlace, TakesRounded;
    }

    TapeEntry[] entries = new TapeEntry[256];
    int count;
    Slot[] slots = new Slot[256];
    int tensors;
    bool walked;
    readonly Dictionary<nint, Stack<nint>> pool = [];
    readonly List<nint> owned = [];

    /// <summary>Bytes of gradient buffers held, used or not.</summary>
    public long BytesHeld { get; private set; }

    public int NewTensor(nint elements)
    {
        if (tensors == slots.Length) Array.Resize(ref slots, tensors * 2);
        slots[tensors] = new Slot { Elements = elements };
        return tensors++;
    }

    public void Add(in TapeEntry entry)
    {
        if (count == entries.Length) Array.Resize(ref entries, count * 2);
        entries[count++] = entry;
        Use(in entry.A);
        Use(in entry.B);
        Use(in entry.C);
    }

    void Use(in Tensor t)
    {
        if (!t.IsNone && t.id >= 0) slots[t.id].Uses++;
    }

    /// <summary>Where the rounded copy of <paramref name="t"/> lies; 0 before there is one.</summary>
    public ref nint Rounded(in Tensor t) => ref slots[t.id].Rounded;

    /// <summary>Says that the op that made <paramref name="t"/> takes its gradient in bf16 as well.</summary>
    public void TakeRounded(in Tensor t) => slots[t.id].TakesRounded = true;

    /// <summary>Where all of the gradient of <paramref name="t"/> may be written in bf16 instead of fp32; null where it may not: where others add to it, or take it in fp32.</summary>
    public ushort* NewRoundedGradient(in Tensor t)
    {
        ref var slot = ref slots[t.id];
        if (!slot.TakesRounded || slot.Uses > 1 || slot.Gradient != 0) return null;
        slot.RoundedGradient = Rent((slot.Elements + 1) / 2);
        return (ushort*)slot.RoundedGradient;
    }

    /// <summary>The gradient that reached <paramref name="t"/> in bf16; null when none did.</summary>
    public ushort* RoundedGradient(in Tensor t) => (ushort*)slots[t.id].RoundedGradient;

    /// <summary>The gradient of <paramref name="t"/>, ready to be written (fresh) or added to (not fresh).</summary>
    public float* Gradient(in Tensor t, out bool fresh)
    {
        ref var slot = ref slots[t.id];
        fresh = slot.Gradient == 0;
        if (fresh) slot.Gradient = Rent(slot.Elements);
        return (float*)slot.Gradient;
    }

    /// <summary>The gradient that reached <paramref name="t"/>; null when none did.</summary>
    public float* Gradient(in Tensor t) => (float*)slots[t.id].Gradient;

    /// <summary>Passes y's gradient on to x without a copy when x has none yet; otherwise adds it.</summary>
    public void HandOver(in Tensor y, in Tensor x)
    {
        ref Slot from = ref slots[y.id], to = ref slots[x.id];
        if (to.Gradient == 0)
        {
            to.Gradient = from.Gradient;
            to.InPlace = from.InPlace;
            from.Gradient = 0;
            from.InPlace = false;
            return;
        }
        NativeFloats.AddInto((float*)to.Gradient, (float*)from.Gradient, y.Count);
    }

    /// <summary>The gradient of <paramref name="t"/>; when no other op reads t, its own memory serves and its value is lost.</summary>
    public float* GradientInPlace(in Tensor t, out bool fresh)
    {
        ref var slot = ref slots[t.id];
        if (slot.Uses > 1 || slot.Gradient != 0) return Gradient(in t, out fresh);
        fresh = true;
        slot.InPlace = true;
        slot.Gradient = (nint)t.Pointer;
        return t.Pointer;
    }

    public void Run(Pass pass)
    {
        if (walked) throw new InvalidOperationException("This step was walked back already: its activations are spent. Begin a new step.");
        walked = true;
        for (var i = count - 1; i >= 0; i--)
        {
            ref readonly var entry = ref entries[i];
            if (slots[entry.Y.id] is { Gradient: 0, RoundedGradient: 0 }) continue;
            entry.Backward(pass, in entry);
            Return(ref slots[entry.Y.id]);
        }
        // What is left belongs to leaves (inputs given as constants); it stays readable until the next step.
    }

    public void Clear()
    {
        for (var i = 0; i < tensors; i++) Return(ref slots[i]);
        Array.Clear(entries, 0, count);
        count = 0;
        tensors = 0;
        walked = false;
    }

    // Sizes are rounded up to an eighth of a power of two: where rows vary from step to step, buffers would else pile up for every count there was.
    static nint Class(nint elements)
    {
        var unit = elements < 64 ? 1 : (nint)1 << System.Numerics.BitOperations.Log2((ulong)elements) - 3;
        return (elements + unit - 1) / unit * unit;
    }

    nint Rent(nint elements)
    {
        elements = Class(elements);
        if (pool.TryGetValue(elements, out var free) && free.TryPop(out var at)) return at;
        at = (nint)NativeFloats.Take(elements * sizeof(float));
        BytesHeld += elements * sizeof(float);
        owned.Add(at);
        return at;
    }

    void Return(ref Slot slot)
    {
        if (!slot.InPlace) Return(slot.Gradient, slot.Elements);
        Return(slot.RoundedGradient, (slot.Elements + 1) / 2);
        slot.Gradient = slot.RoundedGradient = 0;
        slot.InPlace = false;
    }

    void Return(nint at, nint elements)
    {
        if (at == 0) return;
        var size = Class(elements);
        if (!pool.TryGetValue(size, out var free)) pool[size] = free = new Stack<nint>();
        free.Push(at);
    }

    public void Dispose()
    {
        foreach (var at in owned) NativeFloats.Free((void*)at);
        owned.Clear();
        pool.Clear();
        GC.SuppressFinalize(this);
    }

    ~Tape()
    {
        foreach (var at in owned) NativeFloats.Free((void*)at);
    }
}
