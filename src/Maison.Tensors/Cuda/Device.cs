// A GPU as the second kernel table. Ops stay as they are: where the gang would hand a job's tasks to threads, a device launches the
// CUDA kernel of the same job. All memory of tensors and weights is then visible to both, so an op that has no kernel yet runs on the
// processor over the same pointers after the device has finished; `HostJobs` counts how often that happened.
//
// One device per process, chosen before the first tensor. Work goes to one stream in order; the host waits only where it reads.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Maison.Tensors.Cuda;

/// <summary>How matrix products are computed from fp32 values on the device; sums are always fp32.</summary>
public enum ProductPrecision
{
    /// <summary>fp32 units: the bits a float64 reference is compared with.</summary>
    Float32,

    /// <summary>Tensor cores on values rounded to 10 bits of fraction; attention to 7.</summary>
    TensorFloat32,

    /// <summary>In training, the products of linear layers on tensor cores over values rounded to 7 bits of fraction (bf16); the others as <see cref="TensorFloat32"/>.</summary>
    BFloat16,
}

/// <summary>How a job is laid out on a device: which kernel, how many blocks of how many threads.</summary>
/// <param name="Early">Whether it may begin before the kernel before it has ended; its source waits for that one by itself, with wait_for_earlier().</param>
readonly record struct Launch(string Kernel, long Blocks, int Threads = Launch.BlockThreads, int Shared = 0, bool Early = false)
{
    public const int BlockThreads = 256, ElementsPerBlock = 1024, RowsPerBlock = 8;

    /// <summary>Four elements per thread.</summary>
    public static Launch Elements(string kernel, nint count) => new(kernel, (count + ElementsPerBlock - 1) / ElementsPerBlock);

    /// <summary>A warp per row.</summary>
    public static Launch Rows(string kernel, long rows) => new(kernel, (rows + RowsPerBlock - 1) / RowsPerBlock);

    /// <summary>A block per chunk of rows and group of 32 columns.</summary>
    public static Launch Columns(string kernel, int cols, int chunks) => new(kernel, (long)(cols + 31) / 32 * chunks);

    /// <summary>Whether there is a kernel at all.</summary>
    public bool Exists => Kernel is not null;
}

/// <summary>The GPU that computes for this process.</summary>
public sealed unsafe class Device
{
    const int deviceName = 256, majorAttribute = 75, minorAttribute = 76, processorsAttribute = 16, dynamicSharedAttribute = 8, mostTickets = 1 << 16, roundedPerBlock = 2048;
    const nint stagingBytes = 64 << 20, largeBlock = 1 << 20;

    readonly int ordinal;
    readonly nint context, stream, blas, staging, tickets;
    readonly bool beginsEarly;
    readonly List<nint> modules = [];
    readonly ConcurrentDictionary<string, nint> functions = new();
    readonly ConcurrentDictionary<nint, nint> owned = new();
    readonly Lock staged = new();
    nint stagingUsed;
    long hostJobs;
    [ThreadStatic] static nint scratch;
    [ThreadStatic] static nint scratchBytes;
    [ThreadStatic] static bool bound;
    [ThreadStatic] static nint recording;

    /// <summary>The device in use; null computes on the processor.</summary>
    public static Device? Current { get; private set; }

    /// <summary>What the driver calls it.</summary>
    public string Name { get; }

    /// <summary>Multiprocessors.</summary>
    internal int Processors { get; }

    /// <summary>Counters for the blocks of one kernel, all zero between kernels.</summary>
    internal int* Tickets(int count) => count <= mostTickets ? (int*)tickets : throw new CudaException($"A kernel asks for {count} counters; there are {mostTickets}.");

    /// <summary>How products are computed.</summary>
    public ProductPrecision Precision { get; set; } = ProductPrecision.BFloat16;

    /// <summary>Jobs that had no kernel and ran on the processor.</summary>
    public long HostJobs => hostJobs;

    /// <summary>Makes the first GPU the device of this process; call before any tensor or weight is made.</summary>
    /// <exception cref="CudaException">There is no GPU, or the driver, nvrtc or cuBLAS is missing.</exception>
    public static Device Use()
    {
        try
        {
            return Current ??= new Device();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new CudaException($"No CUDA device can be used: {e.Message} Install NVIDIA's driver, nvrtc and cuBLAS (CUDA 12 or later), or leave --device out to compute on the processor.");
        }
    }

    Device()
    {
        Driver.Check(Driver.cuInit(0), nameof(Driver.cuInit));
        int count, device, major, minor;
        Driver.Check(Driver.cuDeviceGetCount(&count), nameof(Driver.cuDeviceGetCount));
        if (count == 0) throw new CudaException("The driver sees no CUDA device. Leave --device out to compute on the processor.");
        Driver.Check(Driver.cuDeviceGet(&device, 0), nameof(Driver.cuDeviceGet));
        ordinal = device;
        var name = stackalloc byte[deviceName];
        Driver.Check(Driver.cuDeviceGetName(name, deviceName, device), nameof(Driver.cuDeviceGetName));
        Name = Marshal.PtrToStringUTF8((nint)name)!;
        Driver.Check(Driver.cuDeviceGetAttribute(&major, majorAttribute, device), nameof(Driver.cuDeviceGetAttribute));
        Driver.Check(Driver.cuDeviceGetAttribute(&minor, minorAttribute, device), nameof(Driver.cuDeviceGetAttribute));
        int processors;
        Driver.Check(Driver.cuDeviceGetAttribute(&processors, processorsAttribute, device), nameof(Driver.cuDeviceGetAttribute));
        Processors = processors;
        beginsEarly = major >= 9;
        nint at;
        Driver.Check(Driver.cuDevicePrimaryCtxRetain(&at, device), nameof(Driver.cuDevicePrimaryCtxRetain));
        context = at;
        Bind();
        Driver.Check(Driver.cuStreamCreate(&at, 1), nameof(Driver.cuStreamCreate));
        stream = at;
        foreach (var image in KernelImage.Load(major * 10 + minor))
            fixed (byte* start = image)
            {
                Driver.Check(Driver.cuModuleLoadData(&at, start), nameof(Driver.cuModuleLoadData));
                modules.Add(at);
            }
        Driver.CheckProducts(Driver.cublasCreate_v2(&at), nameof(Driver.cublasCreate_v2));
        blas = at;
        Driver.CheckProducts(Driver.cublasSetStream_v2(blas, stream), nameof(Driver.cublasSetStream_v2));
        const nint workspace = 64 << 20;
        Driver.CheckProducts(Driver.cublasSetWorkspace_v2(blas, Take(workspace), (nuint)workspace), nameof(Driver.cublasSetWorkspace_v2));
        staging = TakeHost(stagingBytes + 256);
        tickets = Take(mostTickets * sizeof(int));
        Clear((void*)tickets, mostTickets * sizeof(int));
    }

    /// <summary>Where this thread's work goes: to the device, or into what it records.</summary>
    nint Stream => recording != 0 ? recording : stream;

    void Bind()
    {
        if (bound) return;
        Driver.Check(Driver.cuCtxSetCurrent(context), nameof(Driver.cuCtxSetCurrent));
        bound = true;
    }

    /// <summary>Memory that both the processor and the device can use.</summary>
    /// <param name="bring">Whether large blocks begin on the device; false for what the host fills, to be brought by <see cref="Bring"/>.</param>
    internal nint Take(nint bytes, bool bring = true)
    {
        Bind();
        nint at;
        Driver.Check(Driver.cuMemAllocManaged(&at, (nuint)Math.Max(bytes, 16), 1), nameof(Driver.cuMemAllocManaged));
        owned[at] = bytes;
        if (bring) Bring(at, bytes);
        return at;
    }

    /// <summary>Brings a large block to the device; the driver would else do so page by page.</summary>
    internal void Bring(nint at, nint bytes)
    {
        Bind();
        if (bytes >= largeBlock) _ = Driver.cuMemPrefetchAsync(at, (nuint)bytes, ordinal, Stream);
    }

    /// <summary>Memory of the host that the device copies to and from at full speed.</summary>
    internal nint TakeHost(nint bytes)
    {
        Bind();
        nint at;
        Driver.Check(Driver.cuMemHostAlloc(&at, (nuint)bytes, 0), nameof(Driver.cuMemHostAlloc));
        return at;
    }

    /// <summary>Gives back what <see cref="TakeHost"/> gave; nothing for 0.</summary>
    internal void FreeHost(nint at)
    {
        if (at == 0) return;
        Bind();
        Driver.Check(Driver.cuMemFreeHost(at), nameof(Driver.cuMemFreeHost));
    }

    /// <summary>Gives back what <see cref="Take"/> gave.</summary>
    /// <returns>False for memory that is not the device's.</returns>
    internal bool Free(nint at)
    {
        if (!owned.TryRemove(at, out _)) return false;
        Wait();
        Driver.Check(Driver.cuMemFree_v2(at), nameof(Driver.cuMemFree_v2));
        return true;
    }

    /// <summary>Waits until all work given to the device is done.</summary>
    internal void Wait()
    {
        if (Recording) throw new CudaException("What is recorded can not be waited for.");
        Bind();
        Driver.Check(Driver.cuStreamSynchronize(Stream), nameof(Driver.cuStreamSynchronize));
    }

    /// <summary>Waits, and counts a job that the processor does.</summary>
    internal void WaitForHost()
    {
        hostJobs++;
        Wait();
    }

    /// <summary>Whether this thread's work is recorded at the moment instead of done.</summary>
    internal static bool Recording => recording != 0;

    /// <summary>From here on this thread's kernels and copies are recorded; nothing may wait for them or bring values of the host.</summary>
    internal void Record()
    {
        Bind();
        const int relaxed = 2;
        nint own;
        Driver.Check(Driver.cuStreamCreate(&own, 1), nameof(Driver.cuStreamCreate));
        Driver.Check(Driver.cuStreamBeginCapture_v2(own, relaxed), nameof(Driver.cuStreamBeginCapture_v2));
        recording = own;
    }

    /// <summary>Ends <see cref="Record"/>.</summary>
    /// <returns>What was recorded, to be started by <see cref="Replay"/>; 0 when it can not be.</returns>
    internal nint Recorded()
    {
        nint graph, ready = 0;
        var own = recording;
        recording = 0;
        if (Driver.cuStreamEndCapture(own, &graph) == 0 && graph != 0)
        {
            if (Driver.cuGraphInstantiateWithFlags(&ready, graph, 0) != 0) ready = 0;
            Driver.cuGraphDestroy(graph);
        }
        Driver.cuStreamDestroy_v2(own);
        return ready;
    }

    /// <summary>Does again what was recorded, over the same memory.</summary>
    internal void Replay(nint recorded)
    {
        Bind();
        Driver.Check(Driver.cuGraphLaunch(recorded, stream), nameof(Driver.cuGraphLaunch));
    }

    /// <summary>Gives back what <see cref="Recorded"/> gave.</summary>
    internal void Forget(nint recorded)
    {
        Wait();
        Driver.Check(Driver.cuGraphExecDestroy(recorded), nameof(Driver.cuGraphExecDestroy));
    }

    /// <summary>Where this thread's scratch lies; what was recorded with other scratch can not be done again.</summary>
    internal static nint ScratchAt => scratch;

    internal void Run<TJob>(in Launch launch, TJob* job) where TJob : unmanaged
    {
        if (launch.Blocks <= 0) return;
        Bind();
        if (!functions.TryGetValue(launch.Kernel, out var function)) function = Find(launch.Kernel);
        if (launch.Shared > 48 << 10) Driver.Check(Driver.cuFuncSetAttribute(function, dynamicSharedAttribute, launch.Shared), launch.Kernel);
        void* arguments = job;
        if (launch.Early && beginsEarly)
        {
            var early = new Driver.LaunchAttribute { Id = Driver.LaunchAttribute.BeginsEarly, Value = 1 };
            var how = new Driver.LaunchConfig { GridX = (uint)launch.Blocks, GridY = 1, GridZ = 1, BlockX = (uint)launch.Threads, BlockY = 1, BlockZ = 1, Shared = (uint)launch.Shared, Stream = Stream, Attributes = &early, Count = 1 };
            Driver.Check(Driver.cuLaunchKernelEx(&how, function, &arguments, null), launch.Kernel);
            return;
        }
        Driver.Check(Driver.cuLaunchKernel(function, (uint)launch.Blocks, 1, 1, (uint)launch.Threads, 1, 1, (uint)launch.Shared, Stream, &arguments, null), launch.Kernel);
    }

    nint Find(string kernel)
    {
        nint function;
        foreach (var module in modules)
            if (Driver.cuModuleGetFunction(&function, module, kernel) == 0) return functions[kernel] = function;
        throw new CudaException($"There is no CUDA kernel {kernel}.");
    }

    internal void Copy(void* to, void* from, nint bytes)
    {
        if (bytes <= 0) return;
        Bind();
        Driver.Check(Driver.cuMemcpyAsync((nint)to, (nint)from, (nuint)bytes, Stream), nameof(Driver.cuMemcpyAsync));
    }

    internal void Clear(void* to, nint bytes)
    {
        if (bytes <= 0) return;
        Bind();
        Driver.Check(Driver.cuMemsetD8Async((nint)to, 0, (nuint)bytes, Stream), nameof(Driver.cuMemsetD8Async));
    }

    /// <summary>Puts values of the host into device memory, in the order of the stream; the source may change at once.</summary>
    internal void Put(void* to, ReadOnlySpan<byte> from)
    {
        if (from.IsEmpty) return;
        if (Recording) throw new CudaException("Values of the host can not be recorded.");
        if (from.Length > stagingBytes)
        {
            Wait();
            from.CopyTo(new Span<byte>(to, from.Length));
            return;
        }
        lock (staged)
        {
            if (stagingUsed + from.Length > stagingBytes)
            {
                Wait();
                stagingUsed = 0;
            }
            var at = (byte*)staging + stagingUsed;
            from.CopyTo(new Span<byte>(at, from.Length));
            stagingUsed += (from.Length + 255) & ~255;
            Copy(to, at, from.Length);
        }
    }

    /// <summary>Memory for what one op's kernels leave for each other; the next op of the thread may overwrite it.</summary>
    internal float* Scratch(nint floats)
    {
        if (scratchBytes < floats * sizeof(float))
        {
            if (scratch != 0) Free(scratch);
            scratchBytes = floats * sizeof(float) * 3 / 2;
            scratch = Take(scratchBytes);
        }
        return (float*)scratch;
    }

    struct FoldJob
    {
        public float* Partial, To;
        public int Chunks, Cols;
        public bool Fresh;
    }

    /// <summary>Runs of rows whose column sums are taken apart before they are added.</summary>
    internal static int Chunks(int rows) => Math.Clamp(rows / 64, 1, 256);

    /// <summary>to (cols) = or += the sum of partial (chunks, cols) over its chunks, in an order of its own that never changes.</summary>
    internal void Fold(float* partial, int chunks, int cols, float* to, bool fresh)
    {
        var job = new FoldJob { Partial = partial, To = to, Chunks = chunks, Cols = cols, Fresh = fresh };
        Run(new Launch("fold", cols), &job);
    }

    /// <summary>One float, when all work before it is done.</summary>
    internal float Read(float* at)
    {
        lock (staged)
        {
            Copy((void*)(staging + stagingBytes), at, sizeof(float));
            Wait();
            return *(float*)(staging + stagingBytes);
        }
    }

    struct RoundJob
    {
        public float* From;
        public ushort* To;
        public nint Count;
    }

    /// <summary>to = from rounded to bf16; to begins at a whole multiple of eight values.</summary>
    internal void Round(float* from, ushort* to, nint count)
    {
        var job = new RoundJob { From = from, To = to, Count = count };
        Run(new Launch("round_to_bf16", (count + roundedPerBlock - 1) / roundedPerBlock), &job);
    }

    /// <summary>C (m,n) = or += A (m,k) · B (k,n), strides in elements, one of each pair 1.</summary>
    /// <param name="count">Products of that shape; from one to the next the matrices lie aNext, bNext and cNext floats apart.</param>
    internal void Multiply(int m, int n, int k, float* a, nint aM, nint aK, float* b, nint bK, nint bN, float* c, nint cM, bool accumulate, int count = 1, nint aNext = 0, nint bNext = 0, nint cNext = 0)
        => Multiply(0, Precision == ProductPrecision.Float32 ? 69 : 77, m, n, k, a, aM, aK, b, bK, bN, c, cM, accumulate, count, aNext, bNext, cNext);

    /// <summary>The same of factors in bf16.</summary>
    internal void Multiply(int m, int n, int k, ushort* a, nint aM, nint aK, ushort* b, nint bK, nint bN, float* c, nint cM, bool accumulate)
        => Multiply(14, 68, m, n, k, a, aM, aK, b, bK, bN, c, cM, accumulate);

    /// <param name="type">CUDA_R_32F (0) or CUDA_R_16BF (14), of the factors.</param>
    /// <param name="compute">CUBLAS_COMPUTE_32F (68), its PEDANTIC (69) or FAST_TF32 (77) kind.</param>
    void Multiply(int type, int compute, int m, int n, int k, void* a, nint aM, nint aK, void* b, nint bK, nint bN, float* c, nint cM, bool accumulate, int count = 1, nint aNext = 0, nint bNext = 0, nint cNext = 0)
    {
        if (m == 0 || n == 0) return;
        if (Recording) throw new CudaException("Products of the matrix library are not recorded.");
        if (k == 0)
        {
            if (!accumulate) Clear(c, ((nint)m - 1) * cM * sizeof(float) + n * sizeof(float));
            return;
        }
        Bind();
        const int single = 0;                                           // CUDA_R_32F
        float one = 1, add = accumulate ? 1 : 0;
        // cuBLAS counts by columns: the same memory is Cᵀ = Bᵀ Aᵀ.
        var (transposeB, ldb) = bN == 1 && (bK != 1 || n == 1 || k == 1 && bK >= n) ? (0, bK) : (1, bN);
        var (transposeA, lda) = aK == 1 && (aM != 1 || k == 1 || m == 1 && aM >= k) ? (0, aM) : (1, aK);
        ldb = nint.Max(ldb, transposeB == 0 ? n : k);
        lda = nint.Max(lda, transposeA == 0 ? k : m);
        if (count > 1)
            Driver.CheckProducts(Driver.cublasGemmStridedBatchedEx(blas, transposeB, transposeA, n, m, k, &one, b, type, (int)ldb, bNext, a, type, (int)lda, aNext, &add, c, single, (int)nint.Max(cM, n), cNext, count, compute, -1), nameof(Driver.cublasGemmStridedBatchedEx));
        else Driver.CheckProducts(Driver.cublasGemmEx(blas, transposeB, transposeA, n, m, k, &one, b, type, (int)ldb, a, type, (int)lda, &add, c, single, (int)nint.Max(cM, n), compute, -1), nameof(Driver.cublasGemmEx));
    }
}
