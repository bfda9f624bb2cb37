// Steps that repeat themselves on a device. Decoding does the same few hundred small kernels for every token; starting them one by one takes longer than
// running them. So a step whose shape comes back is recorded the second time and done again as one launch from then on. Tensors of a pass lie where they
// lay the last time when the shape is the same, so nothing but the contents changes: positions, pages and ids, which Begin puts before.

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Rows up to which a step is worth recording, and recordings that are kept.</summary>
    const int mostReplayedRows = 32, mostReplays = 64;

    /// <summary>What must be equal for a step to be the same work over the same memory.</summary>
    readonly record struct StepShape(Arena.Mark Here, int Rows, int Outputs, int Kind, nint Scratch);

    /// <param name="Recorded">0 for a step that was seen once.</param>
    readonly record struct Replayed(nint Recorded, nint Result, int Rows, int Cols);

    Dictionary<StepShape, Replayed>? replays;
    bool unrecordable;

    /// <summary>The tensor that <paramref name="forward"/> makes, which on a device is recorded and replayed where the step's shape comes back.</summary>
    /// <param name="kind">Tells functions apart.</param>
    /// <param name="forward">Runs a model over this step's rows; it depends on nothing but the step.</param>
    public Tensor Replay(int kind, Func<Tensor> forward)
    {
        if (Device.Current is not { } device || Recording || unrecordable || Rows > mostReplayedRows) return forward();
        var shape = new StepShape(Arena.Here(), Rows, outputCount, kind, Device.ScratchAt);
        replays ??= [];
        if (!replays.TryGetValue(shape, out var known))
        {
            if (replays.Count >= mostReplays) ForgetReplays(device);
            var first = forward();
            replays[shape with { Scratch = Device.ScratchAt }] = default;
            return first;
        }
        if (known.Recorded == 0)
        {
            if (Record(device, forward) is not { Recorded: not 0 } recorded)
            {
                unrecordable = true;
                Arena.Release(shape.Here);
                return forward();
            }
            replays[shape] = known = recorded;
        }
        device.Replay(known.Recorded);
        return new Tensor(Arena, (float*)known.Result, known.Rows, known.Cols, -1);
    }

    /// <summary>Nothing recorded for a step that waits for the device on its way, as a mixture of experts does.</summary>
    static Replayed Record(Device device, Func<Tensor> forward)
    {
        Tensor result = default;
        device.Record();
        try { result = forward(); }
        catch (CudaException) { }                                        // result stays none
        catch
        {
            _ = device.Recorded();
            throw;
        }
        var recorded = device.Recorded();
        if (!result.IsNone) return new(recorded, (nint)result.data, result.Rows, result.Cols);
        if (recorded != 0) device.Forget(recorded);
        return default;
    }

    void ForgetReplays(Device device)
    {
        foreach (var (_, known) in replays!)
            if (known.Recorded != 0) device.Forget(known.Recorded);
        replays.Clear();
    }
}
