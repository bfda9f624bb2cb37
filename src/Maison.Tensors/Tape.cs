// What a recorded pass did, in order, and the gradients on their way back.
// A gradient buffer lives from its first contribution to the backward of the op that made the tensor; buffers are pooled by size,
// so a training step reuses a few warm buffers instead of one per activation.

using System.Runtime.InteropServices;

namespace Maison.Tensors;

/// <summary>One recorded op: its backward function and all it needs. Unused fields stay default.</summary>
unsafe struct TapeEntry
{
    public delegate*<Pass, in TapeEntry, void> Backward;
    public Tensor Y, A, B, C;
    public Weight? Weight, Weight2;
    public object? State;
    public void* Memory;
    public float F0;
    public int I0, I1, I2, I3;
}

/// <summary>The list of recorded ops and the gradient slots of their tensors.</summary>
sealed unsafe class Tape : IDisposable
{
    TapeEntry[] entries = new TapeEntry[256];
    int count;
    nint[] gradients = new nint[256];
    int tensors;
    readonly Dictionary<nint, Stack<nint>> pool = [];
    readonly List<nint> owned = [];

    public int NewTensor()
    {
        if (tensors == gradients.Length) Array.Resize(ref gradients, tensors * 2);
        gradients[tensors] = 0;
        return tensors++;
    }

    public void Add(in TapeEntry entry)
    {
        if (count == entries.Length) Array.Resize(ref entries, count * 2);
        entries[count++] = entry;
    }

    /// <summary>The gradient of <paramref name="t"/>, ready to be written (fresh) or added to (not fresh).</summary>
    public float* Gradient(in Tensor t, out bool fresh)
    {
        fresh = gradients[t.id] == 0;
        if (fresh) gradients[t.id] = Rent(t.Count);
        return (float*)gradients[t.id];
    }

    /// <summary>The gradient that reached <paramref name="t"/>; null when none did.</summary>
    public float* Gradient(in Tensor t) => (float*)gradients[t.id];

    /// <summary>Passes y's gradient on to x without a copy when x has none yet; otherwise adds it.</summary>
    public void HandOver(in Tensor y, in Tensor x)
    {
        if (gradients[x.id] == 0)
        {
            gradients[x.id] = gradients[y.id];
            gradients[y.id] = 0;
            return;
        }
        float* dx = (float*)gradients[x.id], dy = (float*)gradients[y.id];
        Kernels.Elementwise.AddInto(dx, dy, y.Count);
    }

    /// <summary>Lets a tensor's own memory serve as its gradient: the op that made it does not need its value again.</summary>
    public void GradientInPlace(in Tensor t) => gradients[t.id] = (nint)t.Pointer;

    public void Run(Pass pass, in Tensor loss)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            ref readonly var entry = ref entries[i];
            if (gradients[entry.Y.id] == 0) continue;
            entry.Backward(pass, in entry);
            var slot = gradients[entry.Y.id];
            if (slot != 0 && slot != (nint)entry.Y.data) Return(slot, entry.Y.Count);
            gradients[entry.Y.id] = 0;
        }
        // What is left belongs to leaves nobody made (inputs given as constants).
    }

    public void Clear()
    {
        Array.Clear(entries, 0, count);
        count = 0;
        tensors = 0;
    }

    nint Rent(nint elements)
    {
        if (pool.TryGetValue(elements, out var free) && free.TryPop(out var at)) return at;
        at = (nint)NativeMemory.AlignedAlloc((nuint)(elements * sizeof(float)), 4096);
        owned.Add(at);
        return at;
    }

    void Return(nint at, nint elements)
    {
        if (!pool.TryGetValue(elements, out var free)) pool[elements] = free = new Stack<nint>();
        free.Push(at);
    }

    public void Dispose()
    {
        foreach (var at in owned) NativeMemory.AlignedFree((void*)at);
        owned.Clear();
        pool.Clear();
        GC.SuppressFinalize(this);
    }

    ~Tape()
    {
        foreach (var at in owned) NativeMemory.AlignedFree((void*)at);
    }
}
